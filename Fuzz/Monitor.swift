import MonitorJSON
import VMCore
import VMJSON

/// What libFuzzer calls with its inputs for the JSON reader and the session. No input may trap, hang or take memory out
/// of proportion; what can be read is written so that it reads the same, and a session comes to the same however its
/// input is cut, answers each command once and ends once.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMonitor(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer hands `count` readable bytes.
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let input = Array(bytes.dropFirst())
    if choice & 1 == 0 { checkReader(input, choice) } else { checkSession(input, choice) }
    return 0
}

private func checkReader(_ bytes: [UInt8], _ choice: UInt8) {
    let dialect: JSONParser.Dialect = choice & 2 == 0 ? .strict : .qemu
    var position = 0
    while let value = try? JSONParser.parseNext(bytes.span, from: &position, dialect: dialect) {
        guard (try? JSONParser.parse(value.description)) == value else { fatalError("compact text reads otherwise") }
        guard (try? JSONParser.parse(value.prettyDescription)) == value else { fatalError("pretty text reads otherwise") }
        var writer = JSONWriter(layout: JSONWriter.Layout(escapesNonASCII: true))
        writer.append(value)
        guard writer.bytes.allSatisfy({ $0 < 0x80 }), (try? JSONParser.parse(writer.bytes)) == value else {
            fatalError("escaped text reads otherwise")
        }
        if let schema = try? Schema(value) { try? schema.check("query-status", [:]) }
    }
}

private func checkSession(_ bytes: [UInt8], _ choice: UInt8) {
    let whole = conversation(bytes, choice, piece: bytes.count)
    let pieces = conversation(bytes, choice, piece: Int(choice >> 4) + 1)
    guard whole == pieces else { fatalError("the cut of the input makes a difference:\n\(whole)\n\(pieces)") }
    guard whole.count(where: { $0 == "ended" }) == 1, whole.last == "ended" else { fatalError("it does not end once") }
    guard whole.count(where: { $0.hasPrefix("reply") }) == 3 else { fatalError("not one answer each:\n\(whole)") }
}

private func conversation(_ bytes: [UInt8], _ choice: UInt8, piece: Int) -> [String] {
    let dialect: MonitorSession.Dialect = choice & 2 == 0 ? .monitor : .agent(token: 1)
    var session = MonitorSession(
        .init(dialect: dialect, enablesOutOfBand: choice & 4 == 0, messageLimit: 4096, inFlightLimit: 2))
    for number in 0..<3 { _ = session.submit("c\(number)", outOfBand: number == 2 && choice & 8 == 0) }
    var log: [String] = []
    func drain() {
        while session.nextOutput() != nil {}
        while let action = session.nextAction() {
            switch action {
            case .ready: log.append("ready")
            case .reply(let ticket, .value(let value)): log.append("reply \(ticket) \(value)")
            case .reply(let ticket, .refused(let error)): log.append("reply \(ticket) \(error.text)")
            case .reply(let ticket, .failed): log.append("reply \(ticket)")
            case .event(let event): log.append("event \(event.name)")
            case .noise: log.append("noise")
            case .ended: log.append("ended")
            }
        }
    }
    for start in stride(from: 0, to: bytes.count, by: max(1, piece)) {
        session.receive(Array(bytes[start..<min(bytes.count, start + max(1, piece))]).span)
        drain()
    }
    session.end(.endOfStream)
    drain()
    return log
}
