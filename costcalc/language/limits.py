"""What a spec may ask for. Bounds on time and memory, each named in its error."""

FILE_BYTES = 1024 * 1024
"""The longest spec, in bytes."""

MODEL_BYTES = 1 << 31
"""The largest model file that is read as a whole, out of a repository or from stdin."""

YAML_DEPTH = 50
"""The deepest nesting of lists and mappings."""

EXPRESSION_CHARACTERS = 200
"""The longest expression."""

EXPRESSION_DEPTH = 50
"""The deepest nesting of parentheses, calls and signs in one another."""

NUMBER = 10**12
"""The largest magnitude an expression may write or pass through."""

BLOCK_DEPTH = 20
"""The deepest nesting of blocks and joins in one another."""

LAYERS = 200_000
"""The most layers a network may unroll to, and the most rows, repeats and branches on the way."""

LIST = 1000
"""The most values a hyperparameter may hold."""

CONFIGURATIONS = 10**15
"""The most values of a range, and configurations of a sample: neither takes memory."""

BITS = 64
"""The most bits a weight is stored in."""

WORKERS = 4096
"""The most processes of this machine that may be asked for."""
