"""hpcgen compiles a YAML recipe into a reviewed bundle of Slurm scripts and configuration."""

__version__ = "0.1.0"
