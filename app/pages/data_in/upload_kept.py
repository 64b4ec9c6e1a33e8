"""An uploaded file as it is kept between requests: its bytes, how it is read, and whose it is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from app.core.access import OrganizationAccess
from app.core.evidence_types import TYPE_OF
from app.core.readings.batches import batch_from_code
from app.ingest.door.file_of_readings import FileOfReadings, Stored
from app.ingest.sources.recognition import is_template
from app.ingest.sources.records import SourceUnreadable
from app.models import Organization, Upload
from app.pages.data_in.upload_form import Reading, chosen, known_meters, plain_mapping, proposed, stored_reading
from app.pages.data_in.upload_start import may_discard
from app.pages.forms import FormFields, SentFile
from app.schemas.readings.mappings import source_mapping
from app.store.arrivals.entered import entered
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.operations.evidence import EvidenceFile, Proved, attach
from app.store.operations.kept_files import file_content
from app.store.operations.uploads import (
    forget_upload,
    keep_upload,
    mark_stored,
    name_mapping,
    named_mappings,
    upload_of,
)
from app.store.sql.change_locks import lock_changes
from app.store.sql.conflicts import NotThere


@dataclass(frozen=True, slots=True)
class KeptFile:
    """An uploaded file with what is needed to read it."""

    upload: Upload
    content: bytes
    organization: Organization
    reading: Reading
    named: Mapping[str, Mapping[str, Any]]
    by_name: str


def waiting_upload(access: OrganizationAccess, database: Database, code: str, now_ms: int) -> Upload:
    """Return an upload; one that waits is its sender's alone. Raises NotThere."""
    with database.read() as session:
        found = upload_of(session, access.organization_id, code, now_ms=now_ms)
        session.expunge(found)
    if found.outcome is None and found.key_code != access.key_code:
        raise NotThere("This file is not there any more: a file is kept for a day until it is stored. Upload it again")
    return found


def kept_file(
    access: OrganizationAccess,
    database: Database,
    upload: Upload,
    mapping: str | None,
    form: FormFields | None = None,
) -> KeptFile:
    """Return an upload with how it is read: by a form, by a named mapping, as it was chosen, or as is proposed."""
    with entered(database, access.organization_id) as session:
        organization = organization_of(session, access.organization)
        content = file_content(session, access.organization_id, upload.digest)
        named = named_mappings(session, access.organization_id)
        meters = known_meters(session, access.organization_id)
        session.expunge(organization)
    by_name = mapping if mapping in named else ""
    if form is not None:
        reading = chosen(content, form, meters, organization, upload.mapping)
    elif by_name:
        reading = stored_reading(content, named[by_name], meters)
    elif upload.mapping is not None:
        reading = stored_reading(content, upload.mapping, meters)
        plain = reading.mapping and plain_mapping(reading.mapping)
        by_name = next((name for name, each in named.items() if each == plain), "")
    else:
        reading = proposed(content, meters, organization, named)
    return KeptFile(upload, content, organization, reading, named, by_name or "")


def file_of(access: OrganizationAccess, kept: KeptFile) -> FileOfReadings:
    assert kept.reading.mapping is not None  # noqa: S101 - asked for only where there is one
    mapping = source_mapping(kept.reading.mapping)
    said = kept.reading.stored or {}
    # A quality is a change where the file or a person states it, not where it is what all rows are taken for.
    by_value = kept.reading.mapping.quality is None or is_template(kept.reading.layout)
    return FileOfReadings(
        kept.content, mapping, said, access.organization_id, access.key_code, access.binding, by_value
    )


def keep_mapping(access: OrganizationAccess, database: Database, code: str, reading: Reading, name: str = "") -> None:
    """Keep how a file that waits is read, and under a name if there is one, for other files."""
    with database.write() as session:
        lock_changes(session, access.organization_id)
        found = session.get(Upload, (access.organization_id, code))
        if found is not None and found.outcome is None:
            found.mapping = reading.stored
        if name and reading.mapping is not None:
            name_mapping(session, access.organization_id, name, plain_mapping(reading.mapping))


def keep_sent(access: OrganizationAccess, database: Database, file: SentFile, *, now_ms: int) -> str:
    """Keep a file with the mapping that is proposed for it, if there is a whole one; return the code of the upload."""
    with entered(database, access.organization_id) as session:
        organization = organization_of(session, access.organization)
        named = named_mappings(session, access.organization_id)
        meters = known_meters(session, access.organization_id)
        try:
            mapping = proposed(file.content, meters, organization, named).stored
        except SourceUnreadable:  # which is said where the file is shown
            mapping = None
    with database.write() as session:
        kept = keep_upload(
            session,
            access.organization_id,
            name=file.name,
            content=file.content,
            key_code=access.key_code,
            now_ms=now_ms,
        )
        kept.mapping = mapping
        return kept.code


def keep_stored(access: OrganizationAccess, database: Database, kept: KeptFile, came: Stored, now_ms: int) -> None:
    """Keep a file for good with what came of it, as evidence of its batch."""
    outcome = {name: each for name, each in asdict(came.counts).items() if isinstance(each, int)}
    batch = None if came.batch is None else batch_from_code(came.batch)
    upload, own = kept.upload, access.organization_id
    media_type = TYPE_OF[kept.reading.layout.format]
    with database.write() as session:
        mark_stored(session, own, upload.code, batch=batch, outcome=outcome)
        if batch is not None:
            file = EvidenceFile(upload.name, media_type, kept.content)
            attach(session, own, Proved(batch=batch), file, key_code=access.key_code, now_ms=now_ms)


def forget_waiting(access: OrganizationAccess, database: Database, code: str, now_ms: int) -> None:
    """Throw a file away that waits; raises NotThere where it does not, or is not the caller's to throw away."""
    with database.write() as session:
        lock_changes(session, access.organization_id)
        found = upload_of(session, access.organization_id, code, now_ms=now_ms)
        if found.outcome is not None or not may_discard(access, found):
            raise NotThere("This file does not wait, or is somebody else's")
        forget_upload(session, found)
