internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Clients of displays, and what displays are told while they are served.
extension Supervisor {
    /// Hands a client's socket to QEMU, `add_client`, which serves the display on it.
    func addDisplayClient(
        _ index: Int, skipsAuthentication: Bool, _ files: DescriptorBox, _ deadline: Deadline, _ reply: @escaping Reply
    ) {
        guard hasMonitor(reply), let link else { return }
        let name = "display-client"
        let arguments: JSONObject
        do throws(VMError) {
            arguments = [
                "protocol": .string(try displayProtocol(index)), "fdname": .string(name),
                "skipauth": .bool(skipsAuthentication),
            ]
        } catch {
            return reply(.failure(error))
        }
        let socket = files.take()
        guard !socket.isEmpty else {
            return reply(.failure(VMError(.invalidArgument, "no open socket came for the display's client")))
        }
        // Both are sent at once, and QEMU carries them out in this order, so that another client's socket of the same name
        // can't come between them.
        var refusal: VMError?
        link.execute("getfd", ["fdname": .string(name)], descriptors: socket, deadline: deadline) { result in
            if case .failure(let error) = result { refusal = error }
        }
        link.execute("add_client", arguments, deadline: deadline) { [unowned self] result in
            guard case .failure(let error) = result else { return reply(.success(.state(published))) }
            link.execute("closefd", ["fdname": .string(name)], deadline: .after(.seconds(5))) { _ in }
            reply(.failure(refusal ?? error))
        }
    }

    private func displayProtocol(_ index: Int) throws(VMError) -> String {
        let displays = try definition().devices.graphics
        guard displays.indices.contains(index) else {
            throw VMError(
                .internalError, "No graphics backend with index \(index)",
                remedy: displays.isEmpty ? "the machine has no display" : "it has \(displays.count), counted from 0")
        }
        switch displays[index].type {
        case .vnc: return "vnc"
        case .spice: return "spice"
        case let other:
            throw VMError(
                .invalidArgument, "Can only open VNC, SPICE or D-Bus p2p graphics backends, not \(other.rawValue)")
        }
    }

    /// Has the VNC server read its certificates again, `display-reload`.
    func reloadDisplays(_ deadline: Deadline, _ reply: @escaping Reply) {
        guard (try? definition().devices.graphics.contains { $0.type == .vnc }) == true else {
            return reply(
                .failure(
                    VMError(
                        .unsupported, "Operation not supported: the machine has no VNC display",
                        libvirt: LibvirtError(.operationUnsupported))))
        }
        send("display-reload", with: ["type": "vnc", "tls-certs": true], deadline, reply)
    }
}
