import TestNeeds
import Testing
import VMCore
import VMXML

@testable import VMDomain

/// For any document that is accepted, reading what was written gives the same value, and writing it the same text.
@Suite struct RoundTripPropertyTests {
    private func check(_ text: String, _ name: String) {
        guard let reading = try? Domain.read(Array(text.utf8), file: name).validated(), !reading.hasErrors else {
            return
        }
        let written = reading.value.xml
        guard let again = try? Domain(xml: written) else {
            Issue.record("\(name): what was written can't be read: \(written)")
            return
        }
        #expect(again == reading.value, "\(name)")
        #expect(again.xml == written, "\(name)")
    }

    @Test("Documents of the corpus", .needs(.corpus))
    func corpus() throws {
        for (name, text) in try Corpus.documents(in: "input") { check(text, name) }
    }

    @Test(
        "Documents of the corpus with parts taken out, doubled and exchanged",
        .needs(.corpus))
    func mutations() throws {
        let seed: UInt64 = 1
        var random = SplitMix64(state: seed)
        for (name, text) in try Corpus.documents(in: "input") {
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count > 6 else { continue }
            for _ in 0..<4 {
                let index = Int.random(in: 1..<(lines.count - 2), using: &random)
                let other = Int.random(in: 1..<(lines.count - 2), using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: lines.remove(at: index)
                case 1: lines.insert(lines[index], at: index)
                default: lines.swapAt(index, other)
                }
            }
            check(lines.joined(separator: "\n"), "\(name), seed \(seed)")
        }
    }

    @Test("Texts with every kind of character")
    func texts() throws {
        var domain = Domain()
        domain.name = "t"
        domain.devices.disks = [Disk()]
        for text in [" ", "a\nb", "a\r\nb", "\t", "<&>'\"", "größer", "🙂", "]]>", "--", "&amp;", " lead", "trail "] {
            domain.description = text
            domain.os.cmdline = text
            domain.devices.disks[0].source.file = text
            let again = try Domain(xml: domain.xml)
            #expect(again.description == text)
            #expect(again.os.cmdline == text)
            #expect(again.devices.disks[0].source.file == text)
            #expect(again == domain)
        }
    }
}

/// A small generator with a fixed sequence for each seed.
private struct SplitMix64: Swift.RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
