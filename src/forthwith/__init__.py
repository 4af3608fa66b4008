"""forthwith: answers discovery about customer assets, and lets either side check the answer."""
