"""What an editor asks of a spec, answered by the reader, builder, checker and explainer of all."""
