"""Results as HTML: elements, tables and charts that a page or a notebook is made of."""
