"""The verbs of the command line: one module each.

`add(verbs)` declares the verb's parser, its help and its examples; `run(options)` does the work and
returns the exit status. What a verb needs it imports when it runs, so that `--help` is instant.
"""
