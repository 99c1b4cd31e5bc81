internal import LibvirtWire
internal import VMCore
internal import VMManager

/// The events that say more than a word.
extension EventMessages {
    static func make<Message>(_ message: Message, _ fill: (inout Message) -> Void) -> Message {
        var message = message
        fill(&message)
        return message
    }

    /// The place of a word in libvirt's enumeration; 0 for what it doesn't know.
    static func number<Word: Equatable>(of word: Word, in words: [Word]) -> Int32 {
        Int32(clamping: words.firstIndex(of: word) ?? 0)
    }

    static func device(_ alias: String, _ domain: DomainReference) -> DeviceMessage {
        make(DeviceMessage()) {
            $0.domain = domain
            $0.alias = alias
        }
    }

    static func ioError(_ error: HostEvent.IOError, _ domain: DomainReference) -> [DomainEvent] {
        let path = error.file ?? error.node ?? ""
        let plain = make(IOErrorMessage()) {
            $0.domain = domain
            $0.path = path
            $0.alias = error.alias ?? ""
            $0.action = error.libvirtAction
        }
        let full = make(IOErrorReasonMessage()) {
            $0.domain = domain
            $0.path = path
            $0.alias = error.alias ?? ""
            $0.action = error.libvirtAction
            $0.reason = error.reason == "No space left on device" ? "enospc" : error.reason
        }
        return [.ioError(plain), .ioErrorReason(full)]
    }

    static func graphics(
        _ connection: HostEvent.GraphicsConnection, _ domain: DomainReference
    ) -> GraphicsMessage {
        func address(_ address: HostEvent.GraphicsConnection.Address) -> GraphicsAddress {
            make(GraphicsAddress()) {
                $0.family = number(of: address.family, in: ["ipv4", "ipv6", "unix"])
                $0.node = address.node
                $0.service = address.service
            }
        }
        func identity(_ type: String, _ name: String?) -> [GraphicsIdentity] {
            guard let name else { return [] }
            return [
                make(GraphicsIdentity()) {
                    $0.type = type
                    $0.name = name
                }
            ]
        }
        return make(GraphicsMessage()) {
            $0.domain = domain
            $0.phase = number(of: connection.phase, in: [.connect, .initialize, .disconnect])
            $0.local = address(connection.local)
            $0.remote = address(connection.remote)
            $0.authScheme = connection.scheme
            $0.subject =
                identity("x509dname", connection.x509Name) + identity("saslUsername", connection.saslName)
        }
    }

    static func blockJob(_ change: HostEvent.BlockJobChange, _ domain: DomainReference) -> [DomainEvent] {
        let old = make(BlockJobMessage()) {
            $0.domain = domain
            $0.path = change.path ?? change.id
            $0.type = change.libvirtType
            $0.status = change.libvirtStatus
        }
        let new = make(BlockJob2Message()) {
            $0.domain = domain
            $0.target = change.target ?? change.id
            $0.type = change.libvirtType
            $0.status = change.libvirtStatus
        }
        return [.blockJob(old), .blockJob2(new)]
    }

    static func diskChange(_ change: HostEvent.DiskChange, _ domain: DomainReference) -> [DomainEvent] {
        guard let reason = change.libvirtReason else { return [] }
        return [
            .diskChange(
                make(DiskChangeMessage()) {
                    $0.domain = domain
                    $0.oldPath = change.before
                    $0.newPath = change.after
                    $0.alias = change.alias ?? change.target
                    $0.reason = reason
                })
        ]
    }

    static func job(_ change: HostEvent.JobChange, _ domain: DomainReference) -> [DomainEvent] {
        guard let elapsed = change.elapsed else { return [] }
        var parameters = [
            TypedParameter("operation", .int(change.libvirtOperation)),
            TypedParameter("time_elapsed", .ullong(UInt64(clamping: elapsed))),
            TypedParameter("success", .boolean(change.phase == "completed")),
        ]
        if let error = change.error { parameters.append(TypedParameter("errmsg", .string(error))) }
        return [
            .jobCompleted(
                make(JobCompletedMessage()) {
                    $0.domain = domain
                    $0.parameters = parameters
                })
        ]
    }
}
