import Glibc
import MonitorJSON
import Testing
import VMCore
import VMJSON

/// Inputs that nobody would write: mutations of what the protocol looks like. Seeds are counted from 0;
/// `VMCTL_FUZZ_SECONDS` makes the search longer than the moment it takes by default, `VMCTL_FUZZ_SEED` repeats one.
@Suite("Mutated inputs")
struct FuzzTests {
    /// Small, quick, and the same everywhere.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }
    }

    private static let seeds: [[UInt8]] = [
        #"{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""}, "capabilities": ["oob"]}}"#,
        #"{"return": {}, "id": 0}"#, #"{"return": {"a": [1, -2.5e3, "x\u00e9\ud83d\ude00", null, true]}, "id": 1}"#,
        #"{"id": 2, "error": {"class": "GenericError", "desc": "no"}}"#,
        #"{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "SHUTDOWN", "data": {"reason": "x"}}"#,
        #"{"error": {"class": "GenericError", "desc": "JSON parse error"}}"#, #"{"return": inf, "id": 1}"#,
        "{\r\n    \"return\": {\r\n        \"a\": 18446744073709551615\r\n    },\r\n    \"id\": 1\r\n}",
    ].map { Array(($0 + "\r\n").utf8) }

    private static let words: [[UInt8]] =
        [
            "{", "}", "[", "]", "\"", "\\", "\\u", "\\ud800", ":", ",", "null", "1e999", "-", "\n", "\r\n", "\"id\":1",
            "\u{0}", "{\n",
            "}\n",
        ].map { Array($0.utf8) } + [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80]]

    private static func conversation(_ generator: inout Generator) -> [UInt8] {
        var bytes: [UInt8] = []
        if Bool.random(using: &generator) { bytes += seeds[0] + seeds[1] }
        for _ in 0..<Int.random(in: 1...6, using: &generator) { bytes += seeds.randomElement(using: &generator) ?? [] }
        for _ in 0..<Int.random(in: 0...8, using: &generator) { mutate(&bytes, &generator) }
        return bytes
    }

    private static func mutate(_ bytes: inout [UInt8], _ generator: inout Generator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 0...12, using: &generator))
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes.insert(contentsOf: words.randomElement(using: &generator) ?? [], at: place)
        case 2: if place < bytes.count { bytes[place] = UInt8.random(in: .min ... .max, using: &generator) }
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
        default: bytes.replaceSubrange(place..<end, with: words.randomElement(using: &generator) ?? [])
        }
    }

    /// Calls `body` with generators of known seeds until the time is over.
    private func search(_ body: (inout Generator) -> Void) {
        func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
        if let seed = number("VMCTL_FUZZ_SEED") {
            var generator = Generator(state: seed)
            return body(&generator)
        }
        let end = number("VMCTL_FUZZ_SECONDS").map { Deadline.after(.seconds(Int64(clamping: $0))) }
        var seed: UInt64 = end == nil ? 0 : UInt64.random(in: 0 ... .max / 2)
        while end.map({ !$0.hasPassed }) ?? (seed < 3000) {
            var generator = Generator(state: seed)
            body(&generator)
            seed += 1
        }
    }

    @Test("What can be read is written so that it reads the same")
    func json() {
        search { generator in
            let bytes = Self.conversation(&generator)
            var position = 0
            while let value = try? JSONParser.parseNext(bytes.span, from: &position) {
                #expect((try? JSONParser.parse(value.description)) == value)
                #expect((try? JSONParser.parse(value.prettyDescription)) == value)
            }
        }
    }

    @Test("A session comes to the same however its input is cut, answers every command once and ends once")
    func session() {
        search { generator in
            let bytes = Self.conversation(&generator)
            let whole = run(bytes, cut: { bytes.count })
            var other = generator
            let pieces = run(bytes, cut: { Int.random(in: 1...9, using: &other) })
            #expect(whole == pieces)
            #expect(whole.filter { $0 == "ended" }.count == 1)
            #expect(whole.filter { $0.hasPrefix("reply") }.count == 3)
        }
    }

    private func run(_ bytes: [UInt8], cut: () -> Int) -> [String] {
        var session = MonitorSession()
        for number in 0..<3 { _ = session.submit("c\(number)") }
        var log: [String] = []
        func drain() {
            while session.nextOutput() != nil {}
            while let action = session.nextAction() {
                switch action {
                case .ready: log.append("ready")
                case .reply(let ticket, let reply):
                    if case .value(let value) = reply {
                        log.append("reply \(ticket) \(value)")
                    } else {
                        log.append("reply \(ticket)")
                    }
                case .event(let event): log.append("event \(event.name)")
                case .noise: log.append("noise")
                case .ended: log.append("ended")
                }
            }
        }
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + max(1, cut()))
            session.receive(Array(bytes[start..<end]).span)
            drain()
            start = end
        }
        session.end(.endOfStream)
        drain()
        return log
    }

    @Test("Commands are cut the same however the bytes come")
    func commands() {
        search { generator in
            let bytes = Self.conversation(&generator)
            #expect(values(bytes, size: bytes.count) == values(bytes, size: 1))
        }
    }

    private func values(_ bytes: [UInt8], size: Int) -> [[UInt8]] {
        var framer = ValueFramer(limit: 1 << 16)
        var result: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: max(1, size)) {
            let piece = Array(bytes[start..<min(start + max(1, size), bytes.count)])
            var position = 0
            loop: while true {
                switch framer.next(in: piece.span, at: &position) {
                case .here(let range): result.append(Array(piece[range]))
                case .held: result.append(framer.takeHeld())
                case .broken: result.append([])
                case .nothing: break loop
                }
            }
        }
        return result
    }
}
