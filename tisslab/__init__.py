"""The TissOS lab: builds the kernel and its servers, boots them in a machine, and says what became of them."""

__version__ = "0.1.0"
