import Bare
import Glibc
import VMDomain
import VMXML

/// Measures reading and writing of one document against libxml2 alone: `domain-bench DOCUMENT ROUNDS`.
///
/// A sample is the time of a few calls in a row; the samples of what is compared alternate, so that noise meets all.
@main
struct DomainBench {
    /// How many calls a sample takes, so that the clock's own cost vanishes.
    static let calls = 10

    static func main() {
        let words = CommandLine.arguments
        guard words.count == 3, let rounds = Int(words[2]), rounds > 0, let bytes = contents(of: words[1]) else {
            fail("usage: domain-bench DOCUMENT ROUNDS")
        }
        guard let domain = try? Domain.read(bytes, file: words[1]).checked() else { fail("\(words[1]) can't be read") }
        guard Array(domain.xml.utf8) == bytes else { fail("\(words[1]) is not what is written for it") }
        var samples: [(name: String, nanoseconds: [UInt64])] = [("libxml2", []), ("read", []), ("write", [])]
        // The first rounds warm caches and the allocator.
        for round in 0..<(rounds + rounds / 10 + 1) {
            let times = [
                time { bytes.withUnsafeBytes { _ = bare_read($0.baseAddress, $0.count) } },
                time { blackHole((try? Domain.read(bytes, file: words[1]).checked())?.devices.disks.count ?? 0) },
                time { blackHole(domain.xml.utf8.count) },
            ]
            guard round > rounds / 10 else { continue }
            for index in times.indices { samples[index].nanoseconds.append(times[index]) }
        }
        for (name, values) in samples {
            let sorted = values.sorted()
            print(name, bytes.count, microseconds(sorted[0]), microseconds(sorted[sorted.count / 2]), sorted.count)
        }
    }

    static func time(_ body: () -> Void) -> UInt64 {
        let start = now()
        for _ in 0..<calls { body() }
        return now() - start
    }

    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static func microseconds(_ sample: UInt64) -> Double { Double(sample) / Double(calls) / 1000 }

    /// Keeps the compiler from leaving out what nobody looks at.
    @inline(never)
    static func blackHole(_ value: Int) { if value == Int.min { print(value) } }

    static func contents(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }

    static func fail(_ message: String) -> Never {
        let text = Array("domain-bench: \(message)\n".utf8)
        _ = write(2, text, text.count)
        exit(2)
    }
}
