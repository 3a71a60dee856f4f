"""The commands, a module for each part of the user's work; `kfcs.cli` lists them and imports them late."""
