"""Model files written as specs: branches, blocks and repeats, as a person writes them."""
