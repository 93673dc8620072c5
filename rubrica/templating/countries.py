"""What depends on a country: kinds of identification, calling codes, and its departments or states."""

# contract/auco.md §7.
IDENTIFICATIONS: dict[str, tuple[str, ...]] = {
    "CO": ("CC", "CE", "PPT", "DL", "PASSPORT"),
    "MX": ("CURP", "PASSPORT"),
    "CL": ("RUT", "RUN", "PASSPORT"),
    "SV": ("DUI", "PASSPORT"),
    "CR": ("CCCR", "PASSPORT"),
    "PE": ("DNI", "PASSPORT"),
    "UY": ("CI", "PASSPORT"),
    "VE": ("CI", "PASSPORT"),
    "HN": ("DNI", "PASSPORT"),
    "PA": ("CI", "PASSPORT"),
    "ES": ("DNI", "PASSPORT"),
    "EC": ("CI", "PASSPORT"),
    "AW": ("CI", "PASSPORT"),
}
CALLING_CODES = {
    "ar": "54", "aw": "297", "bo": "591", "br": "55", "ca": "1", "cl": "56", "co": "57", "cr": "506", "do": "1",
    "ec": "593", "es": "34", "gt": "502", "hn": "504", "mx": "52", "ni": "505", "pa": "507", "pe": "51", "pr": "1",
    "pt": "351", "py": "595", "sv": "503", "us": "1", "uy": "598", "ve": "58",
}  # fmt: skip


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


DEPARTMENTS: dict[str, tuple[str, ...]] = {
    "CO": _names(
        "Amazonas, Antioquia, Arauca, Atlántico, Bogotá D.C., Bolívar, Boyacá, Caldas, Caquetá, Casanare, Cauca, Cesar,"
        "Chocó, Córdoba, Cundinamarca, Guainía, Guaviare, Huila, La Guajira, Magdalena, Meta, Nariño,"
        "Norte de Santander, Putumayo, Quindío, Risaralda, San Andrés y Providencia, Santander, Sucre, Tolima,"
        "Valle del Cauca, Vaupés, Vichada"
    ),
    "MX": _names(
        "Aguascalientes, Baja California, Baja California Sur, Campeche, Chiapas, Chihuahua, Ciudad de México,"
        "Coahuila, Colima, Durango, Guanajuato, Guerrero, Hidalgo, Jalisco, México, Michoacán, Morelos,"
        "Nayarit, Nuevo León, Oaxaca, Puebla, Querétaro, Quintana Roo, San Luis Potosí, Sinaloa, Sonora,"
        "Tabasco, Tamaulipas, Tlaxcala, Veracruz, Yucatán, Zacatecas"
    ),
    "CL": _names(
        "Antofagasta, Arica y Parinacota, Atacama, Aysén, Biobío, Coquimbo, La Araucanía, Los Lagos, Los Ríos,"
        "Magallanes, Maule, Metropolitana de Santiago, Ñuble, O'Higgins, Tarapacá, Valparaíso"
    ),
    "SV": _names(
        "Ahuachapán, Cabañas, Chalatenango, Cuscatlán, La Libertad, La Paz, La Unión, Morazán, San Miguel,"
        "San Salvador, San Vicente, Santa Ana, Sonsonate, Usulután"
    ),
    "CR": _names("Alajuela, Cartago, Guanacaste, Heredia, Limón, Puntarenas, San José"),
    "PE": _names(
        "Amazonas, Áncash, Apurímac, Arequipa, Ayacucho, Cajamarca, Callao, Cusco, Huancavelica, Huánuco, Ica, Junín,"
        "La Libertad, Lambayeque, Lima, Loreto, Madre de Dios, Moquegua, Pasco, Piura, Puno, San Martín, Tacna, Tumbes,"
        "Ucayali"
    ),
    "UY": _names(
        "Artigas, Canelones, Cerro Largo, Colonia, Durazno, Flores, Florida, Lavalleja, Maldonado, Montevideo,"
        "Paysandú, Río Negro, Rivera, Rocha, Salto, San José, Soriano, Tacuarembó, Treinta y Tres"
    ),
    "VE": _names(
        "Amazonas, Anzoátegui, Apure, Aragua, Barinas, Bolívar, Carabobo, Cojedes, Delta Amacuro, Distrito Capital,"
        "Falcón, Guárico, La Guaira, Lara, Mérida, Miranda, Monagas, Nueva Esparta, Portuguesa, Sucre, Táchira,"
        "Trujillo, Yaracuy, Zulia"
    ),
    "HN": _names(
        "Atlántida, Choluteca, Colón, Comayagua, Copán, Cortés, El Paraíso, Francisco Morazán, Gracias a Dios,"
        "Intibucá, Islas de la Bahía, La Paz, Lempira, Ocotepeque, Olancho, Santa Bárbara, Valle, Yoro"
    ),
    "PA": _names(
        "Bocas del Toro, Chiriquí, Coclé, Colón, Darién, Emberá-Wounaan, Guna Yala, Herrera, Los Santos,"
        "Naso Tjër Di, Ngäbe-Buglé, Panamá, Panamá Oeste, Veraguas"
    ),
    "ES": _names(
        "Álava, Albacete, Alicante, Almería, Asturias, Ávila, Badajoz, Barcelona, Burgos, Cáceres, Cádiz, Cantabria,"
        "Castellón, Ceuta, Ciudad Real, Córdoba, Cuenca, Girona, Granada, Guadalajara, Guipúzcoa, Huelva, Huesca,"
        "Illes Balears, Jaén, La Coruña, La Rioja, Las Palmas, León, Lleida, Lugo, Madrid, Málaga, Melilla, Murcia,"
        "Navarra, Ourense, Palencia, Pontevedra, Salamanca, Santa Cruz de Tenerife, Segovia, Sevilla, Soria, Tarragona,"
        "Teruel, Toledo, Valencia, Valladolid, Vizcaya, Zamora, Zaragoza"
    ),
    "EC": _names(
        "Azuay, Bolívar, Cañar, Carchi, Chimborazo, Cotopaxi, El Oro, Esmeraldas, Galápagos, Guayas, Imbabura, Loja,"
        "Los Ríos, Manabí, Morona Santiago, Napo, Orellana, Pastaza, Pichincha, Santa Elena,"
        "Santo Domingo de los Tsáchilas, Sucumbíos, Tungurahua, Zamora Chinchipe"
    ),
    "AW": _names(
        "Noord, Oranjestad Este, Oranjestad Oeste, Paradera, San Nicolas Norte, San Nicolas Sur, Santa Cruz, Savaneta"
    ),
}
