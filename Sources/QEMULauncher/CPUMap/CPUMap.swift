/// The names of x86 CPU models and features and what they stand for, as libvirt's `cpu_map` folder has them.
public struct CPUMap: Sendable {
    /// A feature: the name that documents use, and the bits by which a processor shows it.
    struct Feature: Sendable {
        var name: String
        var bits: CPUBits
    }

    struct Model: Sendable {
        /// The processors that were sold under the model's name.
        struct Signature: Sendable {
            var family: Int
            var model: Int
            /// Empty for any.
            var steppings: [ClosedRange<Int>]

            func matches(family: Int, model: Int, stepping: Int) -> Bool {
                self.family == family && self.model == model
                    && (steppings.isEmpty || steppings.contains { $0.contains(stepping) })
            }
        }

        var name: String
        /// The name in ``CPUMap/vendors`` of who makes it; nil for a model of any maker.
        var vendor: String?
        var signatures: [Signature] = []
        /// Whether a guest's processor may be described by this model.
        var describesGuests = true
        /// The features that the model has had in every version.
        var bits = CPUBits()
        /// Features that came to the model in later versions, so that they are always to be named.
        var added: Set<String> = []
        /// Features that later versions lack, so that they are always to be named.
        var removed: [String] = []
    }

    /// The string that CPUID gives, to the vendor's name.
    var vendors: [String: String] = [:]
    /// In CPUID's order.
    var features: [Feature] = []
    var models: [Model] = []
    private var featureIndex: [String: Int] = [:]
    /// Other spellings, to the name in ``features``.
    private var aliases: [String: String] = [:]

    init() {}

    mutating func add(_ feature: Feature, aliases others: [String]) {
        featureIndex[feature.name] = features.count
        features.append(feature)
        for other in others { aliases[other] = feature.name }
    }

    /// The feature of that name, in the spelling of documents or QEMU's.
    func feature(_ name: String) -> Feature? {
        if let index = featureIndex[name] { return features[index] }
        if let canonical = aliases[name], let index = featureIndex[canonical] { return features[index] }
        guard name.utf8.contains(UInt8(ascii: "-")) else { return nil }
        return featureIndex[String(name.map { $0 == "-" ? "_" : $0 })].map { features[$0] }
    }

    func model(_ name: String) -> Model? { models.first { $0.name == name } }

    /// The features that make up a set of bits. Bits that no feature accounts for are left out.
    func names(of bits: CPUBits) -> [String] {
        var left = bits
        var names: [String] = []
        for feature in features where !feature.bits.isEmpty && feature.bits.isSubset(of: left) {
            names.append(feature.name)
            left.subtract(feature.bits)
        }
        return names
    }
}
