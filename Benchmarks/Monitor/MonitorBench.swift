import Floor
import Glibc
import MonitorJSON
import VMCore
import VMJSON

/// Measures MonitorJSON and VMJSON against plain C: `monitor-bench WHAT ARGUMENTS…`, each line of output
/// `NAME MINIMUM MEDIAN COUNT` or `NAME VALUE`. `Benchmarks/monitor` runs it.
///
/// A sample is the time of a few calls in a row; samples of what is compared alternate, so that noise meets all.
@main
struct MonitorBench {
    static func main() async {
        let words = CommandLine.arguments
        guard words.count > 2 else { fail("usage: monitor-bench WHAT ARGUMENTS…") }
        do {
            switch words[1] {
            case "round-trip": try await RoundTrip(words[2], words[3], words[4], rounds: number(words[5])).run()
            case "session": try await Sessions(path: words[2], rounds: number(words[3])).run()
            case "json": try JSONBench(path: words[2], rounds: number(words[3])).run()
            case "events": try await EventFlood(path: words[2], readers: number(words[3]), count: number(words[4])).run()
            case "many": try await ManyMonitors(path: words[2], count: number(words[3])).run()
            case "stopped": try await StoppedQEMU(path: words[2], process: Int32(number(words[3]))).run()
            default: fail("nothing is called '\(words[1])'")
            }
        } catch {
            fail("\(error)")
        }
    }

    static func number(_ word: String) -> Int {
        guard let number = Int(word), number > 0 else { fail("'\(word)' is no number") }
        return number
    }

    static func fail(_ message: String) -> Never {
        let text = Array("monitor-bench: \(message)\n".utf8)
        _ = write(2, text, text.count)
        exit(2)
    }
}

/// Samples of several things by name, in nanoseconds a call.
struct Samples {
    private var values: [(name: String, samples: [Double])] = []

    /// Takes one sample of `calls` calls that took `nanoseconds` together.
    mutating func add(_ name: String, _ nanoseconds: UInt64, calls: Int) {
        let sample = Double(nanoseconds) / Double(calls)
        if let place = values.firstIndex(where: { $0.name == name }) {
            values[place].samples.append(sample)
        } else {
            values.append((name, [sample]))
        }
    }

    /// Prints minimum and median in microseconds; the first tenth of the samples only warmed things up.
    func show() {
        for (name, samples) in values {
            let sorted = samples.dropFirst(samples.count / 10).sorted()
            print(name, tenths(sorted[0] / 1000), tenths(sorted[sorted.count / 2] / 1000), sorted.count)
        }
    }
}

func tenths(_ number: Double) -> Double { (number * 10).rounded() / 10 }

/// The monotonic clock, or the processor time of this process, in nanoseconds.
func nanoseconds(_ which: clockid_t = CLOCK_MONOTONIC) -> UInt64 {
    var time = timespec()
    clock_gettime(which, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// A number of `/proc/self/status`, such as `VmRSS` in KiB.
func status(_ field: String) -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard text.hasPrefix(field + ":") else { continue }
        return Int(text.dropFirst(field.utf8.count + 1).filter(\.isNumber)) ?? 0
    }
    return 0
}
