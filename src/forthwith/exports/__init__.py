"""What other systems export, turned into rows of facts; one folder a system, one `lift` each."""
