"""The bundle on disk: its files, the changes of a build, and how they are made safely."""
