"""What papers print, held against what the network costs."""
