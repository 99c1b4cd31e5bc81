internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Keys and pictures: what reaches the guest, or comes from it, without a change of the machine.
extension Supervisor {
    func sendKeys(_ keys: [GuestKey], _ hold: Duration?, _ deadline: Deadline, _ reply: @escaping Reply) {
        var arguments: JSONObject = ["keys": .array(keys.map(\.json))]
        if let hold { arguments["hold-time"] = .integer(hold.inNanoseconds / 1_000_000) }
        send("send-key", with: arguments, deadline, reply)
    }

    /// Has QEMU write a picture of the screen into a file that the client has opened for writing alone: `add-fd` puts it
    /// into a set of descriptors, whose name `screendump` takes for a path.
    func screenshot(_ screen: Int, _ files: DescriptorBox, _ deadline: Deadline, _ reply: @escaping Reply) {
        guard hasMonitor(reply), let link else { return }
        let cards = (try? definition().devices.videos) ?? []
        guard !cards.isEmpty else {
            let text = "Requested operation is not valid: no graphics device to take a screenshot of"
            return reply(.failure(VMError(.unsupported, text)))
        }
        guard let place = Self.place(of: screen, on: cards) else {
            return reply(
                .failure(VMError(.wrongState, "Requested operation is not valid: no such screen ID")))
        }
        let file = files.take()
        guard !file.isEmpty else {
            return reply(.failure(VMError(.invalidArgument, "no open file came for the picture")))
        }
        link.execute("add-fd", descriptors: file, deadline: deadline) { [unowned self] result in
            guard case .success(let value) = result, let set = value["fdset-id"]?.int else {
                return reply(.failure(failure(of: result, "QEMU did not take the file for the picture")))
            }
            var arguments: JSONObject = ["filename": .string("/dev/fdset/\(set)"), "format": "png"]
            if screen > 0 {
                arguments["device"] = place.card.alias?.name.map { .string($0) }
                arguments["head"] = JSONValue(place.head)
            }
            link.execute("screendump", arguments, deadline: deadline) { [unowned self] result in
                link.execute("remove-fd", ["fdset-id": JSONValue(set)], deadline: .after(.seconds(5))) { _ in }
                if case .failure(let error) = result { return reply(.failure(error)) }
                reply(.success(.state(published)))
            }
        }
    }

    /// The card that has a screen, and which of the card's it is: screens are counted over all cards.
    static func place(of screen: Int, on cards: [Video]) -> (card: Video, head: Int)? {
        var left = screen
        for card in cards {
            let heads = Int(clamping: card.model?.heads ?? 1)
            if left < heads { return (card, left) }
            left -= heads
        }
        return nil
    }

    private func failure(of result: Result<JSONValue, VMError>, _ text: String) -> VMError {
        if case .failure(let error) = result { return error }
        return VMError(.protocolViolation, text)
    }
}
