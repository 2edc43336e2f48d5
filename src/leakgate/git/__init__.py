"""The only room that runs git: questions to the user's clone, and a repository of our own to read and write in."""
