extension RPCSession {
    // MARK: The server's side

    /// Answers a call. Answers to a connection that has ended are dropped.
    public mutating func answer(_ id: RPCCall.ID, _ result: Result<RPCReply, RemoteError>) {
        guard let header = flights.removeValue(forKey: id) else {
            if case .success(let reply) = result { discard(reply.descriptors) }
            return
        }
        let wasGate: Bool
        switch result {
        case .success(let reply):
            wasGate = settleGate(id, success: true)
            if let terms = reply.stream { open(id, header, terms) }
            write(reply, to: header)
        case .failure(let error):
            wasGate = settleGate(id, success: false)
            write(error, to: header)
        }
        if wasGate { startHeld() }
    }

    /// Says what polkit has said about the client.
    public mutating func authorize(_ id: RPCCall.ID, allowed: Bool) {
        guard gate == .authorizing(id) else { return }
        answer(id, allowed ? RPCSession.reply(Int32(1)) : .failure(.authenticationFailed))
    }

    /// Does what follows from the answer to the call that others wait for. Returns whether it was that call.
    private mutating func settleGate(_ id: RPCCall.ID, success: Bool) -> Bool {
        if gate == .authorizing(id) {
            if success { phase = .authenticated }
        } else if gate == .opening(id) {
            if success { phase = .open } else { isReadOnly = configuration.isReadOnly }
        } else {
            return false
        }
        gate = nil
        return true
    }

    // MARK: Taking calls

    mutating func takeCall(_ packet: Packet) {
        if canStart, held.isEmpty { return start(packet) }
        held.append(packet)
        heldBytes += packet.bytes.count
    }

    private var canStart: Bool {
        phase != .ended && gate == nil && flights.count + untakenAnswers < configuration.callLimit
    }

    /// Starts calls that were held, now that others have been answered, and goes on reading.
    mutating func startHeld() {
        while canStart, !held.isEmpty {
            let packet = held.removeFirst()
            heldBytes -= packet.bytes.count
            start(packet)
        }
        read()
    }

    private mutating func start(_ packet: Packet) {
        lastID += 1
        let id = RPCCall.ID(number: lastID)
        flights[id] = packet.header
        if let refusal = refusal(of: packet.header) {
            discard(packet.descriptors)
            return answer(id, .failure(refusal))
        }
        guard packet.header.program == .remote else { return pass(packet, id) }
        switch packet.header.procedure {
        case Remote.connectOpen.number: beginOpening(packet, id)
        case Remote.connectClose.number: close(packet, id)
        case Remote.connectSupportsFeature.number: answerFeature(packet, id)
        case Remote.authList.number:
            discard(packet.descriptors)
            let kind = phase == .stranger ? configuration.authentication : .none
            answer(id, RPCSession.reply(AuthTypes { $0.types = [kind.rawValue] }))
        case Remote.authPolkit.number where phase == .stranger && configuration.authentication == .polkit:
            discard(packet.descriptors)
            gate = .authorizing(id)
            actions.append(.authorize(id))
        case Remote.authSASLInit.number...Remote.authPolkit.number:
            discard(packet.descriptors)
            answer(id, .failure(.authenticationFailed))
        default: pass(packet, id)
        }
    }

    private mutating func pass(_ packet: Packet, _ id: RPCCall.ID) {
        let procedure = ProcedureID(packet.header.program, packet.header.procedure)
        guard let row = ProcedureTable.of(procedure.program)?[procedure.number] else { return }
        actions.append(
            .call(RPCCall(id: id, procedure: procedure, row: row, isReadOnly: isReadOnly, packet: packet)))
    }

    /// Why a call isn't passed on, in the order in which libvirt looks.
    private func refusal(of header: PacketHeader) -> RemoteError? {
        if let refusal = configuration.refusal { return refusal }
        let isRemote = header.program == .remote
        guard isRemote || configuration.served.contains(header.program), header.version == Program.version else {
            return .unknownProgram(header)
        }
        guard header.status == .ok else { return .unexpectedStatus(header.status) }
        guard let row = ProcedureTable.of(header.program)?[header.procedure], row.isCall,
            isOwn(header) || configuration.served.contains(ProcedureID(header.program, header.procedure))
        else { return .unknownProcedure(header.procedure) }
        if isRemote, RPCSession.authentication.contains(header.procedure) { return nil }
        if phase == .stranger { return .authenticationRequired }
        if isRemote, RPCSession.beforeOpening.contains(header.procedure) { return nil }
        guard phase == .open else { return .connectionNotOpen }
        if isReadOnly, row.kind == .writingCall { return .readOnly(row.function, in: row.errorDomain) }
        return row.stream == nil ? nil : streamRefusal(of: header)
    }

    /// Why no further stream can be opened. The calls under way, this one among them, count as streams if they may open one.
    private func streamRefusal(of header: PacketHeader) -> RemoteError? {
        let coming = flights.values.filter { ProcedureTable.of($0.program)?[$0.procedure]?.stream != nil }
        if streams.count + coming.count > configuration.streamLimit {
            return .tooManyStreams(configuration.streamLimit)
        }
        let key = StreamKey(header)
        return streamNames[key] != nil || coming.count(where: { StreamKey($0) == key }) > 1 ? .serialInUse : nil
    }

    /// What a client may ask before it is authenticated.
    private static let authentication = Remote.authList.number...Remote.authPolkit.number
    /// What it may ask before it has opened the connection.
    private static let beforeOpening: Set<Int32> = [
        Remote.connectOpen.number, Remote.connectClose.number, Remote.connectSupportsFeature.number,
    ]

    /// Whether the session answers it itself.
    private func isOwn(_ header: PacketHeader) -> Bool {
        header.program == .remote
            && (RPCSession.authentication.contains(header.procedure)
                || header.procedure == Remote.connectClose.number
                || header.procedure == Remote.connectSupportsFeature.number)
    }

    // MARK: What needs no server

    private mutating func beginOpening(_ packet: Packet, _ id: RPCCall.ID) {
        guard phase == .authenticated else {
            discard(packet.descriptors)
            return answer(id, .failure(.connectionAlreadyOpen))
        }
        guard let arguments = try? packet.decode(ConnectOpenArguments.self) else {
            discard(packet.descriptors)
            return answer(id, .failure(.undecodable))
        }
        gate = .opening(id)
        reader.limit = Packet.maximalLength
        isReadOnly = configuration.isReadOnly || arguments.isReadOnly
        pass(packet, id)
    }

    private mutating func close(_ packet: Packet, _ id: RPCCall.ID) {
        discard(packet.descriptors)
        answer(id, RPCSession.reply(Nothing()))
        end(.closed)
    }

    private mutating func answerFeature(_ packet: Packet, _ id: RPCCall.ID) {
        discard(packet.descriptors)
        guard let number = try? packet.decode(Int32.self) else { return answer(id, .failure(.undecodable)) }
        let feature = Feature(rawValue: number)
        let isThere = configuration.features.contains(feature)
        if feature == .keepalive {
            if isThere { keepalive.start(at: now) }
        } else if phase != .open {
            return answer(id, .failure(.connectionNotOpen))
        }
        answer(id, RPCSession.reply(Int32(isThere ? 1 : 0)))
    }

    private static func reply(_ value: some XDRValue) -> Result<RPCReply, RemoteError> {
        do { return .success(try RPCReply(value)) } catch { return .failure(error) }
    }

    // MARK: Writing answers

    private mutating func write(_ reply: RPCReply, to call: PacketHeader) {
        var draft = reply.draft
        draft.complete(
            call.answered {
                $0.kind = reply.descriptors.isEmpty ? .reply : .replyWithDescriptors
            })
        untakenAnswers += 1
        guard let last = reply.descriptors.last else { return output.append(draft.bytes, .answer) }
        output.append(draft.bytes)
        for descriptor in reply.descriptors.dropLast() { output.append([0], descriptor: descriptor) }
        output.append([0], descriptor: last, .answer)
    }

    private mutating func write(_ error: RemoteError, to call: PacketHeader) {
        untakenAnswers += 1
        output.append(
            RPCSession.bytes(
                call.answered {
                    $0.kind = .reply
                    $0.status = .error
                }, error), .answer)
    }

    /// A packet with an error. One that the protocol doesn't take becomes one that says so.
    static func bytes(_ header: PacketHeader, _ error: RemoteError) -> [UInt8] {
        if let bytes = try? Packet.bytes(header, error) { return bytes }
        if let bytes = try? Packet.bytes(header, RemoteError.unencodable) { return bytes }
        return PacketDraft().bytes
    }
}

extension PacketHeader {
    /// The header of a packet that belongs to this call.
    func answered(_ change: (inout PacketHeader) -> Void) -> PacketHeader {
        var header = self
        header.status = .ok
        change(&header)
        return header
    }
}
