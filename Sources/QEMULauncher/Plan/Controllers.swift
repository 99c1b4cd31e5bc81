internal import VMDomain

extension Controller {
    /// Whether it is, or may be, the board's own PCI bus.
    var isPCIRoot: Bool { type == .pci && (pciModel == nil || pciModel == .pciRoot || pciModel == .pcieRoot) }
}

extension Devices {
    /// Puts a controller where libvirt puts it: behind those of its type with lower numbers, in front of those with
    /// higher ones, at the end when it is the first of its type. One that has no number yet comes behind all of its type.
    mutating func insert(_ controller: Controller) {
        let index = controller.index ?? .max
        var place: Int?
        for position in controllers.indices.reversed() where controllers[position].type == controller.type {
            if (controllers[position].index ?? 0) > index {
                place = position
            } else if place == nil {
                place = position + 1
            }
        }
        controllers.insert(controller, at: place ?? controllers.count)
    }

    /// Whether there is a controller of that type, and with that number if one is given.
    func hasController(_ type: Controller.Kind, index: UInt32? = nil) -> Bool {
        controllers.contains { $0.type == type && (index == nil || $0.index ?? 0 == index) }
    }

    /// Adds the controller unless there is one of its type and number; says whether it did.
    @discardableResult
    mutating func add(_ type: Controller.Kind, index: UInt32 = 0) -> Bool {
        guard !hasController(type, index: index) else { return false }
        insert(Controller(type, index: index))
        return true
    }

    /// Adds controllers of a type with the numbers up to `highest`.
    mutating func add(_ type: Controller.Kind, upTo highest: UInt32?) {
        guard let highest, highest < 4096 else { return }
        let known = Set(controllers.lazy.filter { $0.type == type }.map { $0.index ?? 0 })
        for index in 0...highest where !known.contains(index) { insert(Controller(type, index: index)) }
    }
}
