"""From anyone's volume to findings; needs no matter."""
