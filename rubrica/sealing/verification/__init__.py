"""Any PDF, ours or not: whether it is whole, whose signatures it has, and what came after them."""
