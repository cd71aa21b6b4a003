"""The networks, one file each. torch is imported here and in training only; using the models needs it nowhere."""
