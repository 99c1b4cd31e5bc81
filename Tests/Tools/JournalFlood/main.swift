// Appends events to a journal as quickly as it can and notes each one's number, until it has done so COUNT times or is
// killed: journal-flood FOLDER LIMIT KEPT BOOT WRITER COUNT SIZE NOTES
import Glibc
import SupervisorProtocol
import VMCore
import VMJSON

let words = CommandLine.arguments
guard words.count == 9, let limit = UInt64(words[2]), let kept = Int(words[3]), let count = Int(words[6]),
    let size = Int(words[7])
else { exit(2) }
let writer = JournalWriter(HostJournal(folder: words[1], limit: limit, kept: kept, bootID: words[4]))
let notes = try FileDescriptor.open(words[8], flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
let padding = String(repeating: "x", count: size)
for number in 0..<count {
    let text = "\(words[5]) \(number) "
    let place = writer.append(HostEvent(domain: "flood", uuid: nil, kind: .supervisor(text + padding)))
    // What is noted has been written; the last event of one that is killed may be without a note.
    try notes.writeAll(Array("\(number) \(place.map { "\($0)" } ?? "-")\n".utf8), "the notes")
}
