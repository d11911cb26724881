"""View in, figure out; a module for each drawing library, so that a page loads only the one it draws with."""
