import LibvirtWire
import VMCore

/// What libFuzzer calls with its inputs for libvirt's RPC. No input may trap, hang or take memory out of proportion; what can
/// be read is written so that it reads the same, and a session comes to the same however its input is cut, and ends once.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWire(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer hands `count` readable bytes.
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let input = Array(bytes.dropFirst())
    if choice & 1 == 0 { checkValue(input, Int(choice >> 1)) } else { checkSession(input, choice) }
    return 0
}

/// One of each shape that the protocol has.
private let values: [@Sendable ([UInt8]) -> Void] = [
    check(RemoteError.self), check(Flagged<DomainReference>.self), check(Listing<DomainReference, UpTo16384>.self),
    check(List<DomainStatisticsRecord, UpTo16384>.self), check(Parameters<DomainReference, UpTo16>.self),
    check(Listing<TypedParameter, UpTo64>.self), check(DomainSecurityLabel.self), check(NodeInfo.self),
    check(DomainInfo.self),
    check(DomainVCPUs.self), check(GraphicsMessage.self), check(Listing<DHCPLease, UpTo65536>.self),
    check(List<InterfaceAddresses, UpTo2048>.self), check(Listing<FileSystemInfo, UpTo256>.self),
    check(DomainMigratePerform3ParamsArguments.self), check(DomainSendKeyArguments.self),
    check(Callback<MetadataChangeMessage>.self), check(EventRegistration<SecretReference>.self),
    check(NodeAllocPagesArguments.self), check(MonitorMessage.self), check(Listing<SnapshotReference, UpTo16384>.self),
]

private func checkValue(_ bytes: [UInt8], _ choice: Int) { values[choice % values.count](bytes) }

private func check<V: XDRValue>(_ type: V.Type) -> @Sendable ([UInt8]) -> Void {
    { bytes in
        guard let value = try? V(xdr: bytes) else { return }
        guard let written = try? value.xdr(), let again = try? V(xdr: written) else { fatalError("can't be written") }
        guard (try? again.xdr()) == written else { fatalError("reads otherwise") }
    }
}

private func checkSession(_ bytes: [UInt8], _ choice: UInt8) {
    let whole = conversation(bytes, choice, piece: bytes.count)
    let pieces = conversation(bytes, choice, piece: Int(choice >> 4) + 1)
    // What is held when the connection breaks is lost, and how much that is depends on how far the server has come.
    let isSame = whole.last?.contains("violation") == true ? pieces.starts(with: whole.dropLast()) : whole == pieces
    guard isSame else { fatalError("the cut of the input makes a difference:\n\(whole)\n\(pieces)") }
    guard whole.count(where: { $0.hasPrefix("ended") }) == 1, whole.last?.hasPrefix("ended") == true else {
        fatalError("it does not end once")
    }
}

private func conversation(_ bytes: [UInt8], _ choice: UInt8, piece: Int) -> [String] {
    var served = ProcedureSet()
    served.insert(Remote.connectOpen)
    served.insert(Remote.domainLookupByName)
    served.insert(Remote.domainOpenConsole)
    served.insert(Remote.storageVolUpload)
    var configuration = RPCSession.Configuration(serving: served)
    if choice & 2 != 0 { configuration.authentication = .polkit }
    configuration.isReadOnly = choice & 4 != 0
    let now = Deadline(nanoseconds: 1_000_000)
    var session = RPCSession(configuration, at: now)
    var log: [String] = []
    func drain() {
        while session.nextOutput() != nil {}
        while let action = session.nextAction() {
            log.append("\(action)")
            switch action {
            case .call(let call) where call.procedure == Remote.connectOpen.id:
                guard let reply = try? RPCReply(Nothing()) else { fatalError("nothing can't be written") }
                session.answer(call.id, .success(reply))
            case .authorize(let id): session.authorize(id, allowed: true)
            case .stream(let id, let input): session.consumed(input, on: id)
            default: break
            }
            while session.nextOutput() != nil {}
        }
    }
    var start = 0
    while start < bytes.count, session.wantsBytes {
        let end = min(bytes.count, start + max(1, piece))
        session.receive(Array(bytes[start..<end]).span, at: now)
        drain()
        start = end
    }
    session.end(.endOfStream)
    drain()
    return log
}
