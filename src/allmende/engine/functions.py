# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The functions a question may use, by category: vetted one by one from ``duckdb_functions()`` of DuckDB 1.5.5.

A function is here because it computes its result from its arguments alone. Left out is whatever reads files,
settings, the environment, the catalogue, statistics or other databases, runs SQL given as text, keeps state
(sequences, variables, seeds), sleeps, writes logs, or shows the machinery (``current_query``, ``__internal_…``). What
is not listed is refused: unknown means no.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Scalar functions and the operators' functions, by category.
SCALAR: Final[dict[str, frozenset[str]]] = {
    "operators": _words(
        "!__postfix !~~ !~~* % & && * ** + - ->> / // <-> << <=> <@ >> @ @> ^ ^@ | || ~ ~~ ~~* ~~~ "
        "ilike_escape like_escape not_ilike_escape not_like_escape"
    ),
    "numbers": _words(
        "abs acos acosh add asin asinh atan atan2 atanh bit_count cbrt ceil ceiling cos cosh cot degrees divide even "
        "exp factorial fdiv floor fmod gamma gcd greatest greatest_common_divisor isfinite isinf isnan lcm least "
        "least_common_multiple lgamma ln log log10 log2 mod multiply nextafter pi pow power radians random round "
        "round_even roundbankers sign signbit sin sinh sqrt subtract tan tanh trunc xor"
    ),
    "text": _words(
        "array_to_string array_to_string_comma_default ascii bar base64 bin bit_length char_length character_length "
        "chr concat concat_ws contains damerau_levenshtein decode editdist3 encode ends_with excel_text format "
        "format_bytes formatreadabledecimalsize formatreadablesize from_base64 from_binary from_hex hamming hash hex "
        "instr jaccard jaro_similarity jaro_winkler_similarity lcase left left_grapheme len length length_grapheme "
        "levenshtein lower lpad ltrim md5 md5_number md5_number_lower md5_number_upper mismatches nfc_normalize "
        "octet_length ord parse_dirname parse_dirpath parse_filename parse_formatted_bytes parse_path position prefix "
        "printf regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace "
        "regexp_split_to_array repeat replace reverse right right_grapheme rpad rtrim sha1 sha256 split split_part "
        "starts_with str_split str_split_regex string_split string_split_regex string_to_array strip_accents strlen "
        "strpos substr substring substring_grapheme suffix text to_base to_base64 to_binary to_hex translate trim "
        "ucase unbin unhex unicode upper url_decode url_encode"
    ),
    "dates and times": _words(
        "age ago century current_date current_localtime current_localtimestamp date_add date_diff date_part date_sub "
        "date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month "
        "decade epoch epoch_ms epoch_ns epoch_us era get_current_time get_current_timestamp hour isodow isoyear julian "
        "last_day make_date make_time make_timestamp make_timestamp_ms make_timestamp_ns make_timestamptz microsecond "
        "millennium millisecond minute month monthname nanosecond normalized_interval now quarter second strftime "
        "strptime time_bucket timezone timezone_hour timezone_minute to_centuries to_days to_decades to_hours "
        "to_microseconds to_millennia to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp "
        "to_weeks to_years today transaction_timestamp try_strptime week weekday weekofyear year yearweek"
    ),
    "lists": _words(
        "apply array_aggr array_aggregate array_append array_apply array_cat array_concat array_contains "
        "array_cosine_distance array_cosine_similarity array_cross_product array_distance array_distinct "
        "array_dot_product array_extract array_filter array_grade_up array_has array_has_all array_has_any "
        "array_indexof array_inner_product array_intersect array_length array_negative_dot_product "
        "array_negative_inner_product array_pop_back array_pop_front array_position array_prepend array_push_back "
        "array_push_front array_reduce array_resize array_reverse array_reverse_sort array_select array_slice "
        "array_sort array_transform array_unique array_value array_where array_zip element_at filter flatten "
        "generate_series generate_subscripts grade_up list_aggr list_aggregate list_any_value list_append "
        "list_apply list_approx_count_distinct list_avg list_bit_and list_bit_or list_bit_xor list_bool_and "
        "list_bool_or list_cat list_concat list_contains list_cosine_distance list_cosine_similarity list_count "
        "list_distance list_distinct list_dot_product list_element list_entropy list_extract list_filter list_first "
        "list_grade_up list_has list_has_all list_has_any list_histogram list_indexof list_inner_product "
        "list_intersect list_kurtosis list_kurtosis_pop list_last list_mad list_max list_median list_min list_mode "
        "list_negative_dot_product list_negative_inner_product list_pack list_position list_prepend list_product "
        "list_reduce list_resize list_reverse list_reverse_sort list_select list_sem list_skewness list_slice "
        "list_sort list_stddev_pop list_stddev_samp list_string_agg list_sum list_transform list_unique list_value "
        "list_var_pop list_var_samp list_where list_zip range reduce unnest"
    ),
    "structs, maps, unions, enums": _words(
        "cardinality enum_code enum_first enum_last enum_range enum_range_boundary map map_concat map_contains "
        "map_contains_entry map_contains_value map_entries map_extract map_extract_value map_from_entries map_keys "
        "map_values row struct_concat struct_contains struct_extract struct_extract_at struct_has struct_indexof "
        "struct_insert struct_keys struct_pack struct_position struct_update struct_values union_extract union_tag "
        "union_value"
    ),
    "json": _words(
        "array_to_json from_json from_json_strict json json_array json_array_length json_contains json_exists "
        "json_extract json_extract_path json_extract_path_text json_extract_string json_keys json_merge_patch "
        "json_object json_pretty json_quote json_structure json_transform json_transform_strict json_type json_valid "
        "json_value row_to_json to_json"
    ),
    "bits": _words("bit_position bitstring get_bit set_bit"),
    "conditions and types": _words("constant_or_null nullif switch typeof vector_type"),
    "identifiers": _words("gen_random_uuid uuid uuid_extract_timestamp uuid_extract_version uuidv4 uuidv7"),
    "histograms": _words("equi_width_bins is_histogram_other_bin"),
    "geometry": _words(
        "st_affine st_area st_area_spheroid st_asbinary st_asgeojson st_ashexwkb st_asmvtgeom st_assvg st_astext "
        "st_aswkb st_aswkt st_azimuth st_boundary st_buffer st_buildarea st_centroid st_closestpoint st_collect "
        "st_collectionextract st_concavehull st_contains st_containsproperly st_convexhull st_coverageclean "
        "st_coverageinvalidedges st_coveragesimplify st_coverageunion st_coveredby st_covers st_crosses st_crs "
        "st_difference st_dimension st_disjoint st_distance st_distance_geos st_distance_sphere st_distance_spheroid "
        "st_dump st_dwithin st_dwithin_geos st_dwithin_spheroid st_endpoint st_envelope st_equals st_expand st_extent "
        "st_extent_approx st_exteriorring st_flipcoordinates st_force2d st_force3dm st_force3dz st_force4d "
        "st_geometrytype st_geomfromgeojson st_geomfromhexewkb st_geomfromhexwkb st_geomfromtext st_geomfromwkb "
        "st_hasm st_hasz st_hilbert st_interiorringn st_interpolatepoint st_intersection st_intersects "
        "st_intersects_extent st_isclosed st_isempty st_isring st_issimple st_isvalid st_length st_length_spheroid "
        "st_lineinterpolatepoint st_lineinterpolatepoints st_linelocatepoint st_linemerge st_linestring2dfromwkb "
        "st_linesubstring st_locatealong st_locatebetween st_m st_makebox2d st_makeenvelope st_makeline st_makepoint "
        "st_makepolygon st_makevalid st_maximuminscribedcircle st_minimumrotatedrectangle st_mmax st_mmin st_multi "
        "st_ngeometries st_ninteriorrings st_node st_normalize st_npoints st_numgeometries st_numinteriorrings "
        "st_numpoints st_overlaps st_perimeter st_perimeter_spheroid st_point st_point2d st_point2dfromwkb st_point3d "
        "st_point4d st_pointn st_pointonsurface st_points st_polygon2dfromwkb st_polygonize st_quadkey "
        "st_reduceprecision st_removerepeatedpoints st_reverse st_rotate st_rotatex st_rotatey st_rotatez st_scale "
        "st_setcrs st_shortestline st_simplify st_simplifypreservetopology st_snap st_startpoint st_symdifference "
        "st_tileenvelope st_touches st_transform st_translate st_transscale st_union st_voronoidiagram st_within "
        "st_withinproperly st_x st_xmax st_xmin st_y st_ymax st_ymin st_z st_zmax st_zmflag st_zmin"
    ),
}

#: Aggregate functions; all of them also work over windows.
AGGREGATE: Final[frozenset[str]] = _words(
    "any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_max_nulls_last "
    "arg_min arg_min_null arg_min_nulls_last argmax argmin array_agg avg bit_and bit_or bit_xor bitstring_agg bool_and "
    "bool_or corr count count_if count_star countif covar_pop covar_samp entropy favg first fsum geomean "
    "geometric_mean group_concat histogram histogram_exact histogram_values json_group_array json_group_object "
    "json_group_structure kahan_sum kurtosis kurtosis_pop last list listagg mad max max_by mean median min min_by mode "
    "product quantile quantile_cont quantile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope "
    "regr_sxx regr_sxy regr_syy reservoir_quantile sem skewness st_coverageinvalidedges_agg st_coveragesimplify_agg "
    "st_coverageunion_agg st_envelope_agg st_extent_agg st_intersection_agg st_memunion_agg st_union_agg stddev "
    "stddev_pop stddev_samp string_agg sum sum_no_overflow sumkahan var_pop var_samp variance wavg weighted_avg"
)

#: Functions that exist only over windows.
WINDOW: Final[frozenset[str]] = _words(
    "cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank rank_dense row_number"
)

#: Table functions: they make rows from their arguments alone.
TABLE: Final[frozenset[str]] = _words("generate_series json_each json_tree range unnest")

#: All that may stand where a value stands.
VALUE: Final[frozenset[str]] = frozenset().union(*SCALAR.values(), AGGREGATE)

#: Type names, as DuckDB's tree gives them.
TYPES: Final[frozenset[str]] = frozenset(
    {
        "ARRAY", "BIGINT", "BIGNUM", "BIT", "BLOB", "BOOLEAN", "CHAR", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "GEOMETRY",
        "HUGEINT", "INTEGER", "INTEGER_LITERAL", "INTERVAL", "LIST", "MAP", "NULL", "SMALLINT", "STRING_LITERAL",
        "STRUCT", "TIME", "TIME WITH TIME ZONE", "TIME_NS", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_MS",
        "TIMESTAMP_NS", "TIMESTAMP_S", "TINYINT", "UBIGINT", "UHUGEINT", "UINTEGER", "UNION", "USMALLINT", "UTINYINT",
        "UUID", "VARCHAR", "VARIANT",
    }
)  # fmt: skip
#: Type names the tree leaves to be looked up.
NAMED_TYPES: Final[frozenset[str]] = _words(
    "bignum box_2d box_2df date enum geometry json linestring_2d point_2d point_3d point_4d polygon_2d uuid variant "
    "varint wkb_blob"
)
