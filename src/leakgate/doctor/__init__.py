"""What `leakgate check` would do in a project, what is missing for it, and the line that mends each thing.

`examination` tells the story; the other modules look at one matter each and give findings. Nothing is compiled and
none of the project's code runs: cargo and rustc are asked who they are and what the workspace has, git what this
clone remembers, and files are read. The network is not used.
"""
