"""Model to messages and back: the one translation at this border, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import DecodeError, msgpack
from msgspec.structs import replace

from grpc_backend.access.grant import Grant
from grpc_backend.errors import InvalidRequest
from grpc_backend.extract.detect import Sources
from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.index.figures import Figures, Load
from grpc_backend.index.overview import Overview, Part
from grpc_backend.index.questions import Uses
from grpc_backend.index.service import Requirement
from grpc_backend.index.tree import Entry
from grpc_backend.index.workspace import Subject
from grpc_backend.model import Extraction, FileState, Freshness, Located, Reference, Role
from grpc_backend.search.query import AUTO, NAME, WORDS, Query, parse
from grpc_backend.search.searcher import ScoredHit
from grpc_backend.storage.engine import Filters
from grpc_backend.storage.jobs import Job
from grpc_backend.storage.layered import Layer
from protos import code_index_pb2 as pb

MAX_PATH_BYTES = 4096
MAX_WAIT_S = 60.0
_extraction = msgpack.Decoder(Extraction)


def path_from(text: str) -> str:
    """A workspace path as clients send it. Errors: InvalidRequest."""
    if not text or "\0" in text or len(text.encode("utf-8", "surrogatepass")) > MAX_PATH_BYTES:
        raise InvalidRequest(f"a path must have 1 to {MAX_PATH_BYTES} bytes and no NUL")
    return text


def relative_path_from(text: str) -> str:
    """A path of a synced workspace: relative, '/' between parts, no '.' or '..'. Errors: InvalidRequest."""
    parts = path_from(text).split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise InvalidRequest(f"{text!r} is not a path relative to the workspace")
    return text


def state_from(message: pb.FileState) -> FileState:
    """What a client says of a file, without its content."""
    if message.digest and len(message.digest) != 32:
        raise InvalidRequest("a digest is the 32 bytes of a sha256")
    return FileState(
        relative_path_from(message.path),
        message.size,
        message.mtime_ns,
        message.inode,
        message.digest,
    )


def skipped_from(messages: Iterable[pb.SkippedFile]) -> list[FileState]:
    """Files that a client left out, with the reason as their problem."""
    return [
        FileState(relative_path_from(one.path), problem=one.reason or "skipped", detail=one.detail) for one in messages
    ]


def requirement_from(message: pb.Requirement) -> Requirement:
    """How new an answer must be."""
    wait_s = min(max(message.complete_within_ms / 1000, 0.0), MAX_WAIT_S)
    return Requirement(
        message.session_id,
        message.sequence,
        wait_s,
        message.flush,
        message.behind,
        message.rest_is_of_no_concern,
        message.generation,
        message.vouched,
        subject_from(message.subject) if message.HasField("subject") else None,
    )


def subject_from(message: pb.Subject) -> Subject:
    """What a question is about."""
    return Subject(message.name, tuple(message.parts), message.path, message.everywhere)


def flush_to(token: int, subject: Subject | None) -> pb.SyncResponse:
    """A request to look at the disk, or to tell first what something is about."""
    flush = pb.Flush(token=token)
    if subject is not None:
        about = pb.Subject(name=subject.name, parts=subject.parts, path=subject.path, everywhere=subject.everywhere)
        flush.subject.CopyFrom(about)
    return pb.SyncResponse(flush=flush)


def digested_to(file: FileState) -> pb.FileState:
    """A file by its digest."""
    return pb.FileState(path=file.path, size=file.size, digest=file.digest)


def node_to(digest: bytes, entries: Mapping[str, Entry]) -> pb.TreeNode:
    """A folder of a tree."""
    sorted_entries = sorted(entries.items())
    return pb.TreeNode(
        digest=digest,
        entries=[pb.TreeEntry(name=name, digest=one.digest, size=one.size) for name, one in sorted_entries],
    )


def part_of(chunk: pb.FileChunk) -> pb.FileState:
    """A part of an uploaded file as a part of a synced one."""
    return pb.FileState(path=chunk.path, digest=chunk.digest, size=chunk.size, offset=chunk.offset, content=chunk.data)


def need_to(paths: Sequence[str], digests: Iterable[bytes]) -> pb.Need:
    """Contents to send; with their digests if a client may send what a team's server says of them."""
    return pb.Need(contents=paths, content_digests=digests, extractor=EXTRACTOR_VERSION)


def extractions_from(messages: Iterable[pb.Extracted]) -> tuple[list[tuple[str, bytes, Extraction]], list[str]]:
    """What a server says of contents, by path and digest; and the paths of those that cannot be read."""
    read: list[tuple[str, bytes, Extraction]] = []
    unread: list[str] = []
    for one in messages:
        try:
            read.append((relative_path_from(one.path), one.digest, _extraction.decode(one.body)))
        except (DecodeError, InvalidRequest):
            unread.append(one.path)
    return read, unread


def ack_to(sequence: int, generation: int) -> pb.SyncResponse:
    """That all deltas up to one are in the answers, from a generation of the workspace on."""
    return pb.SyncResponse(ack=pb.SyncAck(success=True, sequence=sequence, generation=generation))


def query_from(message: pb.SearchRequest) -> Query:
    """A search, with the filters map merged into the explicit fields. Errors: InvalidRequest."""
    filters = {key: _listed(value) for key, value in message.filters.items()}
    unknown = filters.keys() - {"kind", "path", "language", "in", "repo"}
    if unknown:
        raise InvalidRequest(f"unknown filter {min(unknown)!r}: use kind, path, language, in or repo")
    query = parse(
        message.query,
        Filters(
            filters.get("kind", ()),
            (*message.languages, *filters.get("language", ())),
            filters.get("path", ()),
        ),
        inside=filters.get("in", ()),
        limit=message.limit,
        near=message.near,
        cursor=message.cursor,
    )
    repositories = (*query.repositories, *filters.get("repo", ()))
    if repositories and (message.semantic or not query.plain):
        raise InvalidRequest("across repositories symbols are found by name: give one, without `semantic`")
    by_name = NAME if repositories or not message.auto else AUTO
    return replace(query, mode=WORDS if message.semantic else by_name, repositories=repositories)


def uses_from(message: pb.FindReferencesRequest) -> Uses:
    """Which uses are asked for. Errors: InvalidRequest."""
    known = {role.name.lower(): int(role) for role in Role}
    unknown = set(message.roles) - known.keys()
    if unknown:
        raise InvalidRequest(f"unknown role {min(unknown)!r}: use {', '.join(known)}")
    roles = frozenset(known[role] for role in message.roles)
    return Uses(message.symbol, tuple(message.paths), roles, message.within)


def part_from(message: pb.OverviewRequest, limit: int) -> Part:
    """Which part of the workspace an overview is of."""
    return Part(message.path.strip("/"), message.near.strip("/"), limit, message.areas_only)


def freshness_to(value: Freshness) -> pb.Freshness:
    """What an answer covers."""
    return pb.Freshness(
        generation=value.generation,
        indexed_files=value.indexed_files,
        total_files=value.total_files,
        pending_files=value.pending_files,
        failed_files=value.failed_files,
        complete=value.complete,
    )


def states_from(files: Iterable[pb.FileState], skipped: Iterable[pb.SkippedFile]) -> list[FileState]:
    """What a message says of files, of those that were left out too. Errors: InvalidRequest."""
    return [*map(state_from, files), *skipped_from(skipped)]


def sighting_of(delta: pb.Delta) -> pb.Sighting:
    """Changes as what someone has seen."""
    absent = [*delta.deleted, *(one.path for one in delta.skipped)]
    return pb.Sighting(sequence=delta.sequence, files=delta.files, absent=absent)


def seen_from(message: pb.Sighting) -> dict[str, bytes]:
    """Digests by path; an empty one where nothing is. Errors: InvalidRequest."""
    absent = {relative_path_from(path): b"" for path in message.absent}
    return absent | {state.path: state.digest for state in map(state_from, message.files)}


def sources_to(sources: Sources) -> pb.Sources:
    """Which files are of use."""
    return pb.Sources(extensions=sources.extensions, names=sources.names, other_names=sources.other_names)


def progress_to(value: Freshness) -> pb.SyncProgress:
    """How far the index of a workspace is."""
    done = value.total_files - value.pending_files
    return pb.SyncProgress(
        files_processed=done,
        total_files=value.total_files,
        percentage=100.0 * done / value.total_files if value.total_files else 100.0,
        freshness=freshness_to(value),
    )


def symbol_to(located: Located) -> pb.Symbol:
    """A symbol where it stands."""
    symbol = located.symbol
    return pb.Symbol(
        id=located.id,
        name=symbol.name,
        qualified_name=symbol.qualified_name,
        kind=symbol.kind,
        language=located.language,
        path=located.path,
        line=symbol.line,
        column=symbol.column,
        start_line=symbol.start_line,
        start_column=symbol.start_column,
        end_line=symbol.end_line,
        end_column=symbol.end_column,
        signature=symbol.signature,
        doc=symbol.doc,
        depth=0 if symbol.parent < 0 else symbol.qualified_name.count("."),
        digest=located.digest,
        unsaved=located.unsaved,
        bases=symbol.bases,
        workspace=located.workspace,
    )


def symbols_to(found: Sequence[Located], limit: int, freshness: pb.Freshness) -> pb.SymbolsReply:
    """The first `limit` symbols, and whether there were more."""
    return pb.SymbolsReply(
        symbols=[symbol_to(one) for one in found[:limit]],
        truncated=len(found) > limit,
        freshness=freshness,
    )


def symbol_reply_to(located: Located, layer: Layer, freshness: pb.Freshness) -> pb.GetSymbolReply:
    """One symbol, with the text that it stands in where that is not the file's."""
    return pb.GetSymbolReply(
        symbol=symbol_to(located),
        documentation=located.symbol.documentation or located.symbol.doc,
        unsaved_text=layer.documents[located.path].text if located.unsaved else None,
        freshness=freshness,
    )


def hit_to(hit: ScoredHit, *, explain: bool) -> pb.Hit:
    """A search result for our own clients."""
    reasons = hit.reasons() if explain else None
    return pb.Hit(symbol=symbol_to(hit.located), score=hit.score, match=hit.match, reasons=reasons, cursor=hit.cursor)


def result_to(hit: ScoredHit) -> pb.SearchResult:
    """A search result as the interface began: one a message."""
    located, symbol = hit.located, hit.located.symbol
    return pb.SearchResult(
        file_path=f"{located.workspace}:{located.path}" if located.workspace else located.path,
        symbol=symbol.name,
        kind=symbol.kind,
        line=symbol.line,
        snippet=symbol.signature,
        score=hit.score,
    )


def reference_to(one: Reference, *, unsaved: bool) -> pb.Reference:
    """A use of a name."""
    occurrence = one.occurrence
    return pb.Reference(
        path=one.path,
        line=occurrence.line,
        column=occurrence.column,
        role=Role(occurrence.role).name.lower(),
        enclosing_id=one.enclosing_id,
        receiver=occurrence.receiver,
        name=one.name,
        unsaved=unsaved,
    )


def roles_to(counts: Mapping[int, int]) -> dict[str, int]:
    """How many uses have each role, by its name."""
    return {Role(role).name.lower(): count for role, count in counts.items()}


def overview_to(value: Overview, freshness: pb.Freshness) -> pb.OverviewReply:
    """Areas, entry points, central symbols, languages."""
    return pb.OverviewReply(
        areas=[
            pb.Area(
                path=area.path,
                files=area.summary.files,
                symbols=area.summary.symbols,
                languages=area.summary.languages,
            )
            for area in value.areas
        ],
        symbols=[
            pb.Hit(symbol=symbol_to(one.located), score=one.uses, match="popular", reasons={"rank": one.rank})
            for one in value.central
        ],
        entry_points=value.entry_points,
        languages=value.whole.languages,
        freshness=freshness,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def load_to(load: Load, figures: Figures) -> pb.Load:
    """What lies before the index."""
    return pb.Load(
        waiting_jobs=load.interactive_jobs + load.bulk_jobs,
        uncommitted_files=load.uncommitted_files,
        pending_files=load.pending_files,
        oldest_change_s=load.oldest_change_s,
        workers=load.workers,
        busy_workers=load.busy_workers,
        contents_known=figures.known,
        contents_lacking=figures.lacking,
    )


def caller_to(grant: Grant) -> pb.Caller:
    """Whom a caller is taken for."""
    return pb.Caller(name=grant.principal, scopes=sorted(grant.scopes), repositories=grant.repositories)


def job_to(job: Job) -> pb.Job:
    """A repository that waits to be indexed, or who is at it."""
    return pb.Job(
        id=job.id,
        source=job.source,
        commit=job.commit,
        state=job.state,
        tries=job.tries,
        worker=job.worker,
        error=job.error,
    )
