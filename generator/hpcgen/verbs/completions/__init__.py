"""Scripts for shells that complete hpcgen's words, made from the parser of its command line.

A script is static: it holds every word, and starts no program when somebody presses Tab.
"""
