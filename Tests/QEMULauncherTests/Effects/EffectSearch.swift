import VMXML

/// What a setting was found to do.
enum Effect: Equatable {
    /// Something of what QEMU or a helper gets depends on it.
    case told([String])
    /// It decides what else belongs to its element.
    case shape
    /// There is a warning.
    case warned
    /// It is refused.
    case refused
    /// All values but the ones that fit the rest of the document are refused.
    case checked
    /// Said by hand, for what can't be seen in a plan.
    case elsewhere(String)
}

/// Finds what each setting of a format does by taking it out of documents, putting it into them and changing it.
///
/// What is looked at is what a document comes to: a setting whose presence or value changes nothing of it, at no place in
/// any document, does nothing. First come the settings that the documents have, then those of which nothing is known yet are
/// put into all of them.
struct EffectSearch {
    let make: (XMLTree) -> Outcome
    private let root: XMLDescription
    /// All settings, in the order of the format.
    private(set) var paths: [String] = []
    private(set) var found: [String: Effect] = [:]
    /// Where a setting was taken and changed nothing, for those without an effect: a document's name.
    private(set) var silent: [String: String] = [:]
    /// What was said of those that were refused or warned of.
    private(set) var words: [String: String] = [:]
    /// How many settings at and below a path are still to be found.
    private var open: [String: Int] = [:]
    /// Whether settings are put in that aren't there.
    private var inserts = false
    private(set) var outcomes = 0
    /// What the documents come to as they are.
    private(set) var documents: [(name: String, outcome: Outcome)] = []
    private var tried: Set<Insertion> = []
    private var attempts: [String: Int] = [:]
    /// Into how many kinds of elements a setting is put; those of which it is known belong into a document.
    private static let mostShapes = 5

    /// - Parameter settled: settings that aren't looked at.
    init(_ root: XMLDescription, settled: (String) -> Bool, make: @escaping (XMLTree) -> Outcome) {
        self.root = root
        self.make = make
        collect(root, root.name)
        for path in paths where !settled(path) { count(path, 1) }
    }

    mutating func search(_ trees: [(name: String, tree: XMLTree)]) {
        var all = trees.map { name, tree in Document(name: name, tree: tree) }
        for index in all.indices {
            all[index].outcome = outcome(all[index].tree)
            documents.append((all[index].name, all[index].outcome))
            walk(&all[index], at: [], root, root.name)
        }
        inserts = true
        let unknown = paths.filter { isOpen($0) && found[$0] == nil }
        open = [:]
        for path in unknown { count(path, 1) }
        for index in all.indices {
            // Into what is refused, nothing is put: it would be refused with it.
            if case .planned = all[index].outcome { walk(&all[index], at: [], root, root.name) }
        }
    }

    // MARK: The settings of a format

    private mutating func collect(_ element: XMLDescription, _ path: String) {
        guard !element.isRecursive else { return }
        if element.content != nil || element.attributes.isEmpty && element.children.isEmpty { paths.append(path) }
        guard !element.isOpaque else { return }
        paths += element.attributes.map { "\(path)/@\($0.name)" }
        for child in element.children { collect(child, "\(path)/\(child.name)") }
    }

    private mutating func count(_ path: String, _ change: Int) {
        open[path, default: 0] += change
        var prefix = Substring(path)
        while let slash = prefix.lastIndex(of: "/") {
            prefix = prefix[..<slash]
            open[String(prefix) + "/", default: 0] += change
        }
    }

    private func isOpen(_ path: String) -> Bool { open[path, default: 0] > 0 }
    private func hasOpen(below path: String) -> Bool { open[path + "/", default: 0] > 0 }

    // MARK: Trying

    private struct Document {
        var name: String
        var tree: XMLTree
        var outcome = Outcome.unreadable([])
        /// Something was put in, whose own content is to be tried too.
        var isSample = false
        /// Something was put in of which a warning says that it has no effect; so has then nothing that belongs to it.
        var warning: String?
        /// Something was put in that is refused; so is then what belongs to it.
        var holdsRefused = false
    }

    /// Putting the same thing into two elements of the same shape tells nothing new.
    private struct Insertion: Hashable {
        var path: String
        var shape: String
    }

    /// What became of all that was tried with one setting at one place.
    private struct Tries {
        var told: [String]?
        var warning: String?
        var refusal: String?
        var without = 0
        var unreadable = 0
        /// Another value was tried of what a good document has.
        var isOfGood = false
    }

    private mutating func outcome(_ tree: XMLTree) -> Outcome {
        outcomes += 1
        return make(tree)
    }

    private mutating func walk(_ document: inout Document, at place: [Int], _ element: XMLDescription, _ path: String) {
        guard !element.isOpaque, !element.isRecursive else { return }
        for attribute in element.attributes where isOpen("\(path)/@\(attribute.name)") {
            tryAttribute(attribute, document, at: place, "\(path)/@\(attribute.name)")
        }
        if let content = element.content, isOpen(path) { tryContent(content, document, at: place, path) }
        for child in element.children { walkChildren(&document, at: place, child, "\(path)/\(child.name)") }
    }

    private mutating func tryAttribute(
        _ attribute: XMLDescription.Attribute, _ document: Document, at place: [Int], _ path: String
    ) {
        let present = document.tree.node(place).attribute(attribute.name)
        guard inserts ? present == nil && isNew(document, place, path) : present != nil else { return }
        var tries = Tries()
        if present != nil, case .planned = document.outcome { tries.isOfGood = true }
        for value in Samples.values(attribute.accepted, for: attribute.name, besides: present) {
            var tree = document.tree
            tree.edit(place) { $0.set(attribute.name, value) }
            judge(&tries, document, tree)
            if tries.told != nil { break }
        }
        if tries.told == nil, present != nil {
            var tree = document.tree
            tree.edit(place) { $0.set(attribute.name, nil) }
            judgeRemoval(&tries, document, tree)
        }
        note(tries, path, document)
        // A word without which, and with any other instead, the rest can't be read.
        let isNothing = tries.warning == nil && tries.refusal == nil && tries.without == 0 && tries.told == nil
        if inserts, isNothing { attempts[path, default: 1] -= 1 }
        if isNothing, tries.unreadable > 0, present != nil, case .words = attribute.accepted, found[path] == nil {
            settle(path, .shape)
        }
    }

    private mutating func tryContent(
        _ content: XMLAccepted, _ document: Document, at place: [Int], _ path: String
    ) {
        let node = document.tree.node(place)
        if inserts, node.text != nil, !document.isSample { return }
        var tries = Tries()
        if node.text != nil, !document.isSample, case .planned = document.outcome { tries.isOfGood = true }
        for value in Samples.values(content, for: node.name, besides: node.text) {
            var tree = document.tree
            tree.edit(place) { $0.text = value }
            judge(&tries, document, tree)
            if tries.told != nil { break }
        }
        note(tries, path, document)
    }

    private mutating func walkChildren(
        _ document: inout Document, at place: [Int], _ child: XMLDescription, _ path: String
    ) {
        guard isOpen(path) || hasOpen(below: path) else { return }
        let present = document.tree.node(place).children.enumerated().compactMap { index, node -> Int? in
            if case .element(let element) = node, element.name == child.name { index } else { nil }
        }
        for index in present {
            if isOpen(path) || hasOpen(below: path), !inserts {
                var tries = Tries()
                var tree = document.tree
                tree.edit(place) { $0.children.remove(at: index) }
                judgeRemoval(&tries, document, tree)
                note(tries, path, document)
                if tries.told == nil { spread(tries, document.tree.node(place + [index]), path) }
            }
            walk(&document, at: place + [index], child, path)
        }
        guard inserts, present.isEmpty, isNew(document, place, path) else { return }
        if case .unreadable = document.outcome { return }
        var isReadable = false
        defer { if !isReadable { attempts[path, default: 1] -= 1 } }
        for sample in Samples.elements(child) {
            var other = document
            other.isSample = true
            other.tree.edit(place) { $0.children.append(.element(sample)) }
            var tries = Tries()
            other.outcome = judge(&tries, document, other.tree)
            if isOpen(path) { note(tries, path, document) }
            if case .unreadable = other.outcome { continue }
            isReadable = true
            if case .refused = other.outcome { other.holdsRefused = true }
            if tries.told == nil, let warning = tries.warning { other.warning = warning }
            guard hasOpen(below: path) else { continue }
            for attribute in sample.attributes { note(tries, "\(path)/@\(attribute.name)", document) }
            walk(&other, at: place + [document.tree.node(place).children.count], child, path)
        }
    }

    @discardableResult
    private mutating func judge(_ tries: inout Tries, _ document: Document, _ tree: XMLTree) -> Outcome {
        let new = outcome(tree)
        switch (document.outcome, new) {
        case (.planned(let before, let warnings), .planned(let after, let others)):
            if before != after {
                tries.told = Outcome.differences(before, after)
            } else if let warning = warnings.symmetricDifference(others).min() {
                tries.warning = warning
            } else if let warning = document.warning {
                tries.warning = warning
            } else {
                tries.without += 1
            }
        case (.planned, .refused(let messages)): tries.refusal = messages.first
        case (.refused(let messages), .planned): tries.refusal = messages.first
        case (.refused, .refused(let messages)) where document.holdsRefused: tries.refusal = messages.first
        case (_, .unreadable): tries.unreadable += 1
        default: break
        }
        return new
    }

    private mutating func judgeRemoval(_ tries: inout Tries, _ document: Document, _ tree: XMLTree) {
        // That something must be there doesn't say what it does.
        let refusal = tries.refusal
        let new = judge(&tries, document, tree)
        if case .refused = new { tries.refusal = refusal }
    }

    /// Whether nothing was put at this path into an element of this shape yet.
    private mutating func isNew(_ document: Document, _ place: [Int], _ path: String) -> Bool {
        guard attempts[path, default: 0] < Self.mostShapes else { return false }
        guard tried.insert(Insertion(path: path, shape: document.tree.shape(place))).inserted else { return false }
        attempts[path, default: 0] += 1
        return true
    }

    /// What belongs to an element that is refused, or warned of, as a whole.
    private mutating func spread(_ tries: Tries, _ element: XMLTree, _ path: String) {
        let effect: Effect? = tries.warning != nil ? .warned : tries.refusal != nil ? .refused : nil
        guard let effect else { return }
        for path in element.settings(path) where open[path] != nil && found[path] == nil {
            found[path] = effect
            words[path] = tries.warning ?? tries.refusal
        }
    }

    private mutating func settle(_ path: String, _ effect: Effect) {
        guard isOpen(path) else { return }
        found[path] = effect
        count(path, -1)
    }

    private mutating func note(_ tries: Tries, _ path: String, _ document: Document) {
        guard isOpen(path) else { return }
        if let told = tries.told {
            words[path] = nil
            settle(path, .told(told))
        } else if let warning = tries.warning {
            guard [nil, .refused, .checked].contains(found[path]) else { return }
            found[path] = .warned
            words[path] = warning
            if inserts { count(path, -1) }
        } else if let refusal = tries.refusal, tries.without <= 1 {
            guard found[path] == nil || found[path] == .refused && tries.isOfGood else { return }
            found[path] = tries.isOfGood ? .checked : .refused
            words[path] = refusal
            if inserts { count(path, -1) }
        } else if tries.without > 0, silent[path] == nil {
            silent[path] = document.name
        }
    }
}

extension Outcome {
    /// The names of what differs: options with those of their keys that do, where few enough.
    static func differences(_ before: Set<Piece>, _ after: Set<Piece>) -> [String] {
        let (gone, new) = (before.subtracting(after), after.subtracting(before))
        var names: Set<String> = []
        for piece in gone.union(new) {
            let others = gone.contains(piece) ? new : gone
            let partner = others.first { $0.label == piece.label && $0.identity == piece.identity }
            guard let partner else {
                names.insert(piece.label)
                continue
            }
            let keys = Set(piece.members.keys).union(partner.members.keys)
            for key in keys where piece.members[key] != partner.members[key] {
                names.insert(key.isEmpty ? piece.label : "\(piece.label) \(key)")
            }
        }
        return names.sorted()
    }
}

extension XMLTree {
    func node(_ place: [Int]) -> XMLTree {
        var node = self
        for index in place { if case .element(let child) = node.children[index] { node = child } }
        return node
    }

    /// The words that decide what an element and those around it are.
    func shape(_ place: [Int]) -> String {
        let names: Set<String> = ["type", "mode", "model", "bus", "device", "protocol", "name", "arch", "machine"]
        var words = ""
        var node = self
        for index in place {
            guard case .element(let child) = node.children[index] else { break }
            node = child
            for attribute in node.attributes where names.contains(attribute.name) { words += " " + attribute.value }
            for part in node.elements where ["target", "model", "driver", "source", "backend"].contains(part.name) {
                for attribute in part.attributes where names.contains(attribute.name) { words += "," + attribute.value }
            }
            words += "/"
        }
        let machine = element("os")?.element("type")
        return words + (machine?.attribute("arch") ?? "") + (machine?.attribute("machine") ?? "")
    }

    mutating func edit(_ place: [Int], _ body: (inout XMLTree) -> Void) { edit(place[...], body) }

    private mutating func edit(_ place: ArraySlice<Int>, _ body: (inout XMLTree) -> Void) {
        guard let index = place.first else { return body(&self) }
        guard case .element(var child) = children[index] else { return }
        child.edit(place.dropFirst(), body)
        children[index] = .element(child)
    }

    /// Gives an attribute a value; nil takes it away.
    mutating func set(_ name: String, _ value: String?) {
        let place = attributes.firstIndex { $0.name == name }
        switch (place, value) {
        case (let place?, let value?): attributes[place].value = value
        case (let place?, nil): attributes.remove(at: place)
        case (nil, let value?): attributes.append(Attribute(name: name, value: value))
        case (nil, nil): break
        }
    }

    /// The paths of all that stands in an element.
    func settings(_ path: String) -> [String] {
        attributes.map { "\(path)/@\($0.name)" } + (text == nil ? [] : [path])
            + elements.flatMap { $0.settings("\(path)/\($0.name)") }
    }

    var text: String? {
        get {
            for case .text(let text) in children { return text }
            return nil
        }
        set {
            children.removeAll { if case .text = $0 { true } else { false } }
            if let newValue { children.append(.text(newValue)) }
        }
    }
}
