import Floor
import Glibc
import VMJSON

/// Reading and writing of one large text, against json-c and RapidJSON where these were built in.
struct JSONBench {
    let path: String
    let rounds: Int

    func run() throws {
        let text = contents()
        let value = try JSONParser.parse(text)
        var times = Samples()
        var writer = JSONWriter()
        for _ in 0..<rounds {
            time("read-VMJSON", &times) { blackHole((try? JSONParser.parse(text)) == nil ? 0 : 1) }
            time("write-VMJSON", &times) {
                writer.removeAll()
                writer.append(value)
                blackHole(writer.bytes.count)
            }
            text.withUnsafeBytes { raw in
                let bytes = raw.assumingMemoryBound(to: CChar.self)
                guard let start = bytes.baseAddress else { return }
                #if HAS_JSONC
                    time("read-json-c", &times) { blackHole(Int(floor_jsonc_read(start, bytes.count))) }
                    time("write-json-c", &times) { blackHole(floor_jsonc_write()) }
                #endif
                #if HAS_RAPIDJSON
                    time("read-RapidJSON", &times) { blackHole(Int(floor_rapid_read(start, bytes.count))) }
                    time("write-RapidJSON", &times) { blackHole(floor_rapid_write()) }
                #endif
            }
        }
        times.show()
        print("bytes", text.count)
    }

    private func time(_ name: String, _ times: inout Samples, _ body: () -> Void) {
        let begin = nanoseconds()
        body()
        times.add(name, nanoseconds() - begin, calls: 1)
    }

    private func contents() -> [UInt8] {
        guard let file = fopen(path, "r") else { MonitorBench.fail("\(path) can't be read") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }
}

/// Keeps the compiler from leaving out what nobody looks at.
@inline(never)
func blackHole(_ value: Int) { if value == Int.min { print(value) } }
