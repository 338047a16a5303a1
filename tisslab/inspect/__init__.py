"""Views of a machine's memory. Pure: a function that reads memory goes in, what stands there comes out."""
