"""Run by `test_seed_client.py` in a process of its own: a client generated from the seed's interface alone.

Arguments: the folder with the generated modules, the daemon's address. Prints one JSON document.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

import code_index_pb2 as pb
import code_index_pb2_grpc as rpc
import grpc

TIMEOUT_S = 20


def main() -> None:
    stub = rpc.CodeIndexServiceStub(grpc.insecure_channel(sys.argv[2]))
    indexed = stub.IndexFile(
        pb.IndexFileRequest(file_path="a.py", content="class Alpha:\n    def beta(self): pass\n", language="python"),
        timeout=TIMEOUT_S,
    )
    bulk = stub.BulkIndex(
        iter(
            [
                pb.IndexFileRequest(file_path="b.py", content="def gamma(): pass\n"),
                pb.IndexFileRequest(file_path="c.unknown", content="?"),
            ]
        ),
        timeout=TIMEOUT_S,
    )
    found = list(stub.SearchSymbols(pb.SearchRequest(query="Alpha", limit=5), timeout=TIMEOUT_S))
    requests = [
        pb.SyncRequest(heartbeat=pb.HeartBeat(client_id="seed")),
        pb.SyncRequest(
            file_change=pb.FileChange(file_path="d.py", type=pb.FileChange.CREATED, content=b"def delta(): pass\n")
        ),
        pb.SyncRequest(file_change=pb.FileChange(file_path="b.py", type=pb.FileChange.DELETED)),
        pb.SyncRequest(file_change=pb.FileChange(file_path="e.unknown", content=b"?")),
        pb.SyncRequest(status=pb.SyncStatus(client_id="seed", indexed_files=["a.py"])),
    ]
    answers = list(stub.SyncIndex(iter(requests), timeout=TIMEOUT_S))
    after = {
        query: [result.file_path for result in stub.SearchSymbols(pb.SearchRequest(query=query), timeout=TIMEOUT_S)]
        for query in ("gamma", "delta")
    }
    print(
        json.dumps(
            {
                "indexed": [indexed.success, indexed.symbols_count, indexed.file_id, indexed.indexed_at.seconds > 0],
                "bulk": [bulk.total_files, bulk.successful, bulk.failed, len(bulk.errors)],
                "found": [[one.file_path, one.symbol, one.kind, one.line] for one in found],
                "sync": [answer.WhichOneof("response") for answer in answers],
                "acks": [[answer.ack.file_path, answer.ack.success] for answer in answers if answer.HasField("ack")],
                "after": after,
            }
        )
    )


main()
