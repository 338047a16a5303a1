"""What servers/pack.py is made of: programs read from ELF files, and the manifest."""
