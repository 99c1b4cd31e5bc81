import MonitorJSON
import SupervisorProtocol
import VMCore
import VMImage
import VMJSON

/// What libFuzzer calls with its inputs for what a machine's processes read of each other: published states, plans, jobs,
/// the journal, requests and answers of supervisors, the outside of QEMU's messages, answers of the guest agent, and the
/// headers of disk images. No input may trap or hang, and what was read is written so that it reads the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMachine(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer hands `count` readable bytes.
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let input = Array(bytes.dropFirst())
    switch choice % 6 {
    case 0: checkFiles(input)
    case 1: checkEvents(input)
    case 2: checkCalls(input)
    case 3: checkEnvelope(input)
    case 4: checkAgent(input)
    default: checkImage(input)
    }
    return 0
}

private func parse(_ bytes: [UInt8]) -> JSONValue? { try? JSONParser.parse(bytes) }

private func checkFiles(_ bytes: [UInt8]) {
    if let plan = try? SupervisorPlan.read(bytes) {
        guard (try? SupervisorPlan(json: .object(plan.json))) != nil else { fatalError("a plan is written otherwise") }
    }
    guard let value = parse(bytes) else { return }
    if let state = PublishedState(json: value) {
        guard PublishedState(json: .object(state.json)) == state else { fatalError("a state is written otherwise") }
        _ = state.observed(boot: state.bootID) { _ in false }
    }
    if let job = MachineJob(json: value) {
        guard let again = MachineJob(json: .object(job.json)) else { fatalError("a job is written otherwise") }
        _ = (again.fraction, again.elapsed)
    }
    _ = try? MendOrder(json: value)
    _ = QEMUConfinement(json: value)
    _ = LifeCyclePolicy(json: value)
    if let object = value.object { _ = VMError(json: object).json }
}

private func checkEvents(_ bytes: [UInt8]) {
    guard let value = parse(bytes), let event = HostEvent(record: value, number: 1) else { return }
    guard let again = HostEvent(record: .object(event.record), number: 1) else {
        fatalError("an event is written otherwise")
    }
    guard again.members == event.members else { fatalError("an event reads otherwise") }
}

private func checkCalls(_ bytes: [UInt8]) {
    guard let value = parse(bytes), let object = value.object else { return }
    let name = object["execute"]?.string ?? ""
    if let call = try? SupervisorCall(name: name, arguments: object["arguments"]?.object ?? [:]) {
        guard (try? SupervisorCall(name: name, arguments: call.arguments)) != nil else {
            fatalError("a request is written otherwise")
        }
    }
    if let reply = try? SupervisorReply(json: object) { _ = reply.json }
}

private func checkEnvelope(_ bytes: [UInt8]) {
    guard let envelope = QMPEnvelope(bytes[...]) else { return }
    for range in [envelope.result, envelope.error, envelope.event, envelope.id] {
        guard let range else { continue }
        _ = bytes[range]
    }
}

private func checkAgent(_ bytes: [UInt8]) {
    guard let value = parse(bytes) else { return }
    func check<Command: QMPCommand>(_ command: Command.Type) { _ = try? command.decode(value) }
    check(GuestInfo.self)
    check(GuestGetOSInfo.self)
    check(GuestGetHostName.self)
    check(GuestGetTimezone.self)
    check(GuestGetUsers.self)
    check(GuestGetFSInfo.self)
    check(GuestNetworkGetInterfaces.self)
    check(GuestFSTrim.self)
    check(GuestGetTime.self)
    check(GuestGetVCPUs.self)
    check(GuestSSHGetAuthorizedKeys.self)
}

/// An image that is nothing but its first bytes, and says that it is larger.
private struct Bytes: ImageBytes {
    let content: [UInt8]
    let length: UInt64
    var name: String { "image" }

    func bytes(at offset: UInt64, count: Int) -> [UInt8] {
        guard count > 0, let start = Int(exactly: offset), start < content.count else { return [] }
        return Array(content[start..<min(content.count, start + min(count, content.count - start))])
    }
}

private func checkImage(_ bytes: [UInt8]) {
    for length in [UInt64(bytes.count), 1 << 40, .max] {
        let image = Bytes(content: bytes, length: length)
        for format in ImageFormat.allCases { _ = try? ImageHeader(image, as: format) }
        _ = try? ImageHeader(image, as: nil)
    }
}
