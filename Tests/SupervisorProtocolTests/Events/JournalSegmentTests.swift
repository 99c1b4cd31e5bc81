import Foundation
import Testing
import VMCore

@testable import SupervisorProtocol

/// Where segments of the journal end, and which one is written on.
@Suite("Segments of the journal")
struct JournalSegmentTests {
    @Test("A seal is found wherever it lies, also across the border of two portions", arguments: -20...20)
    func sealAcross(shift: Int) throws {
        let folder = try JournalFolder()
        let journal = folder.journal(limit: 100)
        // The line end before the seal counts as its first byte; portions begin with the one before the limit.
        let place = 99 + HostJournal.lineLimit + shift
        var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: place + 1)
        for offset in stride(from: 50, to: place, by: 1000) { bytes[offset] = 0x0a }
        bytes[place] = 0x0a
        bytes += HostJournal.seal + Array("behind\n".utf8)
        let path = folder.path + "/segment"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let file = try FileDescriptor.open(path, flags: O_RDONLY)
        let end = UInt64(place + 1 + HostJournal.seal.count)
        let (found, before) = (journal.sealEnd(file.raw), journal.sealEnd(file.raw, before: end - 1))
        #expect(found == end && before == nil)
    }

    @Test("A writer whose segment was followed up and removed by hand goes on in the newest, not in one nobody reads")
    func stale() throws {
        let folder = try JournalFolder()
        let journal = folder.journal(limit: 400)
        let (late, busy) = (JournalWriter(journal), JournalWriter(journal))
        late.write("first")
        for number in 0..<30 { busy.write("busy \(number)") }
        #expect(folder.files.count > 3)
        for file in journal.segments().dropLast() {
            try FileManager.default.removeItem(atPath: journal.path(of: file))
        }
        let newest = try #require(journal.segments().last)
        let number = try #require(late.write("late"))
        #expect(number > busy.last && number > newest.base)
        #expect(journal.segments().first?.base ?? 0 >= newest.base)
    }
}
