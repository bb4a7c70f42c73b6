"""The gRPC floor: messages in, messages out."""
