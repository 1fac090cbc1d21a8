"""Documents of sheets, and one function per output format that writes them."""
