internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Bytes of the guest's memory, and what QEMU is told for later.
extension Supervisor {
    /// The most bytes that one request gives.
    private static let peekLimit = 65_536

    /// Has people's monitor print bytes of memory, `x` and `xp`: `memsave` writes files, for which QEMU may have no place.
    func peekMemory(
        _ address: UInt64, _ count: Int, isPhysical: Bool, _ deadline: Deadline, _ reply: @escaping Reply
    ) {
        guard hasMonitor(reply), let link else { return }
        guard (1...Self.peekLimit).contains(count) else {
            return reply(
                .failure(VMError(.invalidArgument, "1 to \(Self.peekLimit) bytes can be read at once, not \(count)")))
        }
        let line = "\(isPhysical ? "xp" : "x") /\(count)xb 0x\(String(address, radix: 16))"
        link.execute("human-monitor-command", ["command-line": .string(line)], deadline: deadline) { result in
            reply(
                result.flatMap { value in
                    guard let text = value.string, let digits = Self.memoryDigits(text, count: count) else {
                        return .failure(
                            VMError(
                                .monitor, "the guest has no memory at 0x\(String(address, radix: 16)) that can be read",
                                libvirt: LibvirtError(.operationFailed)))
                    }
                    return .success(.value(["bytes": .string(digits)]))
                })
        }
    }

    /// What the monitor has printed, `ADDRESS: 0x00 0x01 …` a line, as hexadecimal digits; nil unless it is all bytes.
    static func memoryDigits(_ text: String, count: Int) -> String? {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * count)
        for line in text.utf8.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            for word in line[line.index(after: colon)...].split(separator: UInt8(ascii: " ")) {
                guard word.count == 4, word.starts(with: "0x".utf8) else { return nil }
                digits += word.suffix(2)
            }
        }
        return digits.count == 2 * count ? String(decoding: digits, as: UTF8.self) : nil
    }

    /// Has network cards announce themselves, `announce-self`.
    func announce(
        _ interface: String?, _ times: AnnounceTimes, _ deadline: Deadline, _ reply: @escaping Reply
    ) {
        var arguments: JSONObject = [
            "initial": .integer(times.initial), "max": .integer(times.maximum), "rounds": .integer(times.rounds),
            "step": .integer(times.step),
        ]
        do throws(VMError) {
            if let interface {
                let domain = try definition()
                let card = domain.devices.interfaces[try domain.interface(interface)]
                if let alias = card.alias?.name { arguments["interfaces"] = [.string(alias)] }
            }
        } catch {
            return reply(.failure(error))
        }
        send("announce-self", with: arguments, deadline, reply)
    }

    /// Sets what later migrations keep to, `migrate-set-parameters`.
    func setMigrationLimits(_ limits: MigrationLimits, _ deadline: Deadline, _ reply: @escaping Reply) {
        send(
            "migrate-set-parameters",
            with: JSONObject(limits.parameters.map { ($0.name, JSONValue($0.value)) }), deadline, reply)
    }
}
