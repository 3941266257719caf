"""What jobs ask Slurm for, and how much that is."""
