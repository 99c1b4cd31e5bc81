internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMXML

/// The live definition: what the machine is now. The supervisor owns it as a value; the file `domain.xml` is how readers
/// see it.
extension Supervisor {
    /// - Throws: `io` or `invalid-xml` when there is none, which only a machine can have whose file was lost while it
    ///   had no supervisor.
    func definition() throws(VMError) -> Domain {
        if let live { return live }
        var bytes = liveXML
        if bytes == nil { bytes = try OwnFiles.read(folder.domain) }
        guard let bytes else { throw VMError(.io, "the live definition of '\(plan.name)' is lost") }
        let domain = try Domain.read(bytes, file: folder.domain, options: .lenient).checked()
        liveXML = bytes
        live = domain
        return domain
    }

    /// Replaces the definition and its file.
    func setDefinition(_ domain: Domain, xml: [UInt8]? = nil) throws(VMError) {
        let xml = xml ?? Array(domain.xml.utf8)
        try Files.write(xml, to: folder.domain, durable: false)
        live = domain
        liveXML = xml
    }

    /// A client has found the file damaged, or wants the text: writes it anew and gives it.
    func giveDefinition(_ reply: Reply) {
        do throws(VMError) {
            let domain = try definition()
            let xml = liveXML ?? Array(domain.xml.utf8)
            try Files.write(xml, to: folder.domain, durable: false)
            reply(.success(.definition(String(decoding: xml, as: UTF8.self))))
        } catch {
            reply(.failure(error))
        }
    }

    /// Takes a device out that has left the machine: by its name, or a processor.
    func removeFromDefinition(_ name: String) {
        do throws(VMError) {
            var domain = try definition()
            if let place = DevicePlace(alias: name, in: domain) {
                domain.remove(place)
            } else if let number = ProcessorName.number(name) {
                guard domain.hasProcessor(number) else { return }
                domain.disableProcessor(number)
                let left = ProcessorName.countOfLeft(in: folder) &+ 1
                try Files.write(Array(String(left).utf8), to: folder.processorsLeft, durable: false)
            } else {
                return
            }
            try setDefinition(domain)
        } catch {
            log.note("cannot take '\(name)' out of the live definition: \(error)")
        }
    }

    /// Writes down what QEMU chose when it started: pseudo terminals, sockets and ports.
    func completeDefinition() {
        guard !published.terminals.isEmpty || !published.vnc.isEmpty else { return }
        do throws(VMError) {
            var domain = try definition()
            domain.fill(from: published, channels: folder.sockets)
            try setDefinition(domain)
        } catch {
            log.note("cannot complete the live definition: \(error)")
        }
    }
}
