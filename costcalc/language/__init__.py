"""Text to Spec: reader, safe arithmetic, the grammar of tables, blocks and claims."""
