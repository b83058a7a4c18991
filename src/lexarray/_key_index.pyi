# Has no Python names: its functions are for C, in the .pxd.
