"""Google Cloud: who may use the keys of a key ring, by the allow policies above them."""
