internal import QEMULauncher
public import VMCore
public import VMDomain
internal import VMXML

/// What an edit has done to a document.
public enum EditOutcome: Sendable {
    /// Nothing that isn't said by the edit itself.
    case done
    /// The device as it was added, or as it was before it was removed.
    case device(Devices)
    case media(MediaResult)
}

extension DomainEdit {
    /// Changes a definition. A pure function: the same for the stored definition and for the live one.
    ///
    /// - Throws: `not-found` for what the domain hasn't got; `exists`; `unsupported`; `wrong-state` and
    ///   `invalid-argument` as the edits' own rules say. The domain is then to be thrown away.
    @discardableResult
    public func apply(to domain: inout Domain) throws(VMError) -> EditOutcome {
        let outcome = try change(&domain)
        // Left out without a word, it would be another name or path than the one that was asked for.
        if let text = domain.unwritableText(as: "domain") {
            throw VMError(
                .invalidArgument, "'\(text)' has a control character, which no XML document can hold",
                remedy: "leave it out")
        }
        return outcome
    }

    private func change(_ domain: inout Domain) throws(VMError) -> EditOutcome {
        switch self {
        case .attach(let document):
            try domain.append(document)
            if let place = try? DevicePlace(of: document, in: domain) {
                var copy = domain
                return .device(copy.remove(place))
            }
            return .device(document)
        case .detach(let selection): return .device(domain.remove(try selection.place(in: domain)))
        case .update(let document, _): try domain.replaceDevice(document)
        case .changeMedia(let target, let change, _):
            return .media(try domain.changeMedia(try domain.drive(target), change))
        case .setLink(let name, let isUp):
            let index = try domain.interface(name)
            domain.devices.interfaces[index].link = isUp ? Interface.Link(.up) : Interface.Link(.down)
        case .forward(let ports, let name, let isRemoved):
            try domain.forward(ports, interface: name, isRemoved: isRemoved)
        case .setBlockLimits(let name, let limits):
            try limits.checkLimits()
            let index = try domain.disk(name)
            domain.devices.disks[index].iotune = limits.isUnlimited ? nil : limits
        case .tune(let group, let parameters): try domain.tune(group, parameters)
        case .setMemory(let bytes): try domain.setMemory(bytes)
        case .setMaximumMemory(let bytes): domain.setMaximumMemory(bytes)
        case .setMemoryStatisticsPeriod(let seconds): try domain.setMemoryStatisticsPeriod(seconds)
        case .setProcessorCount(let count, let isMaximum): try domain.setProcessorCount(count, isMaximum: isMaximum)
        case .setProcessors(let numbers, let isEnabled): try domain.setProcessors(numbers, isEnabled: isEnabled)
        case .addIOThread(let number): try domain.addIOThread(number)
        case .removeIOThread(let number): try domain.removeIOThread(number)
        case .setIOThread(let number, let settings): try domain.setIOThread(number, settings)
        case .setLifecycleAction(let action): try domain.setLifecycleAction(action)
        case .setDisplayPassword(let type, let password, let validTo):
            try domain.setDisplayPassword(type, password, validTo: validTo)
        case .pin(let target, let processors): try domain.pin(target, to: processors)
        case .setTitle(let text): domain.title = text
        case .setDescription(let text): domain.description = text
        case .setMetadata(let element, let uri, let prefix):
            try domain.setMetadata(element, of: uri, prefix: prefix)
        }
        return .done
    }

    /// Whether the definition has to be completed anew afterwards: with addresses, defaults and checks. What only
    /// describes the domain can be changed even where its emulator can't be asked.
    package var needsCompletion: Bool {
        switch self {
        case .setTitle, .setDescription, .setMetadata: false
        default: true
        }
    }
}
