"""SQL's words: those that are no names, and what they say of the name after them."""

from __future__ import annotations

from typing import Final

from grpc_backend.extract import words

_KEYWORDS: Final = (
    "algorithm package body fulltext add after all alter analyze and any array as asc auto_increment autoincrement "
    "before begin between both by call cascade case cast check cluster collate column comment commit concurrently "
    "constraint create cross current_date current_time current_timestamp current_user database declare default "
    "deferrable definer delete delimiter desc distinct do domain drop each else elseif elsif end engine enum except "
    "exception exec execute exists explain extension extract false fetch filter following for foreign from full "
    "function go grant group handler having if ignore immutable in index inherits inner inout insert intersect "
    "interval into is isnull join key language lateral leading left like limit local loop materialized merge minus "
    "natural new no not notnull null nulls of offset old on only or order out outer over overlaps partition perform "
    "preceding primary procedure raise recursive references replace restrict return returning returns revoke right "
    "rollback row rows schema select security sequence set setof similar some stable start stored strict table temp "
    "temporary then to top trailing transaction trigger true truncate type unbounded union unique unsigned update use "
    "user using values varchar varchar2 nvarchar char nchar character varying text tinytext mediumtext longtext clob "
    "blob int integer bigint smallint tinyint mediumint numeric decimal number float double precision real boolean "
    "bool bit date time datetime datetime2 timestamp timestamptz zone year uuid json jsonb xml bytea binary varbinary "
    "serial bigserial money string int64 float64 void view volatile when where while window with without constant "
    "identity plpgsql"
)
_SIGNS: Final = {
    **dict.fromkeys(("into", "update"), words.ASSIGNED),
    **dict.fromkeys(("references", "type"), words.TYPED),
    **dict.fromkeys(("call", "exec", "execute", "perform"), words.CALLED),
    "as": words.BOUND,
}
# Written so, or so: `select`, `SELECT`, `Select`.
KEYWORDS: Final = {
    form: _SIGNS.get(word, 0) for word in _KEYWORDS.split() for form in (word, word.upper(), word.title())
}
# What may stand between CREATE and what is created.
LEADS: Final = (
    "or replace alter temp temporary global local unlogged external foreign virtual materialized recursive unique "
    "clustered nonclustered columnstore fulltext spatial bitmap constraint force no noforce editionable transient "
    "noneditionable volatile multiset set secure live streaming dynamic hybrid iceberg public trusted user editioning "
    "duplicated sharded private snapshot edge node special reference rowstore hadoop managed refresh incremental"
)
