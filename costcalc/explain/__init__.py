"""How a layer comes to its costs: derivations, and depthwise separable pairs."""
