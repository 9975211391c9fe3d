"""The lab measured beside a reference, one module each: `make bench NAME=overhead`."""
