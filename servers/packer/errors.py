"""What can be wrong with the input of servers/pack.py."""


class PackError(Exception):
    """Bad input; the message is one sentence that names the thing and the way out."""
