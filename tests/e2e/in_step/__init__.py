"""What drives a real daemon and real bridges through random histories (see ../test_in_step.py)."""
