"""New processes, written step by step by a member and sent as the API would send them."""
